"""Many interviews at once against a whole service, and what it costs."""
