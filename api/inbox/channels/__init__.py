"""Channels: pages, numbers and addresses at which people write to an organization."""
