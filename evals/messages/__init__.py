"""Quality of messages: whether a changed fact is noticed."""
