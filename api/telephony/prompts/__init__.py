"""Prompts that teams upload, and their music on hold."""
