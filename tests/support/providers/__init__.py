"""Providers of contacts and calendars on this machine: they speak the documented HTTP, and keep what they are told."""
