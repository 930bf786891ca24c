"""Contacts: a user's own, and those of its organizations."""
