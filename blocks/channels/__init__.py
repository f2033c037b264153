"""Ways to a guest: an SMTP server, a chat service, or a folder where neither is configured."""
