"""Steps of messages to guests: templates, writing, approval, sending."""
