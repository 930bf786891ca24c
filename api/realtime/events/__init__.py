"""Server-sent events: what changes in a team, as one answer that does not end."""
