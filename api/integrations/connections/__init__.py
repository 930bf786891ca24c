"""Integrations: a user's contacts or calendar at Google, Office 365 or Exchange. Only the user sees them."""
