"""One retriable step each."""
