"""Database rows become the core's values, and are reloaded on change."""
