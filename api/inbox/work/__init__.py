"""Conversations that agents are offered: accept, decline, transfer."""
