"""Chats, their members, and the members' preferences."""
