"""Queues: their settings, managers and agents."""
