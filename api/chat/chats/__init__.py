"""Chats, their members, and what each of these wants of them."""
