"""Links: the web addresses in messages."""
