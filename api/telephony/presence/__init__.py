"""What colleagues see of each other: who is available, rings, talks, or does not want to be disturbed."""
