"""Pushes: what reaches a user's browser or app while it is closed. One adapter for each push service."""
