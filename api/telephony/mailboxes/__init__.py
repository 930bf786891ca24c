"""Mailboxes and their settings."""
