"""Chats: who is in them, what is said, files, guests, and the workspace."""
