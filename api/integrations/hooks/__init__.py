"""Calls of providers, which say that something changed. Each carries the secret that we gave for it."""
