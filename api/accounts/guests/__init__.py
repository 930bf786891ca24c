"""Guests: people outside of a team who are in some of its chats."""
