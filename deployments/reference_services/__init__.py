"""Two small services to try Innkeeper with: one knows the state of rooms, one sets prices."""
