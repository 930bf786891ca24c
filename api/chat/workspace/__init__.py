"""The workspace: what of a team concerns the caller."""
