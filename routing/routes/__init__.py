"""Route documents before any call: validation, check, exploration, dry run."""
