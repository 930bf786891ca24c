"""Values of settings: what a setting of a block may hold, and what it means."""
