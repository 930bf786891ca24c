"""Conversations: what contacts and the organization write each other over its channels."""
