"""What a person reads. Empty until the message flow comes."""
