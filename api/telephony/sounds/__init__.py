"""Sounds and music on hold that routes and queues may name."""
