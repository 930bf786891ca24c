"""Voicemails of teams, queues and users."""
