"""Chats, messages, files, links, guests and the workspace."""
