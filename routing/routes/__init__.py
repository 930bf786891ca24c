"""Route documents before any call: validation, and the check of every way through them."""
