"""The workspace: events of a team that concern the caller."""
