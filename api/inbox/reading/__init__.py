"""Who has a conversation open: told to colleagues, and stored nowhere."""
