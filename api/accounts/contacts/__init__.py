"""Contacts: the user's own, and those of their organizations."""
