"""Helpers that several tests use: servers, phones, stories, fixtures."""
