"""Webhooks: what their receivers need to know."""
