"""Inbox teams: saved filters of conversations, with members."""
