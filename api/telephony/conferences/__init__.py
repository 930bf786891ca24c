"""Conferences of chats: how to dial in, who is there, and what moderators do."""
