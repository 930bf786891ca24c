"""What a setting of a block may hold, and what it means."""
