"""Live calls: what runs now, and ending it."""
