"""The life of one call: its way through blocks, its legs, its end."""
