"""Services on loopback addresses, real and failing."""
