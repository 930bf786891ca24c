"""Statistics that are mailed after each day, week or month."""
