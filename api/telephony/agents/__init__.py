"""Agents: who takes calls from queues, and their statuses."""
