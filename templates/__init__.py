"""What a person reads: messages to guests, one `messages/<kind>/<language>.md.j2` each."""
