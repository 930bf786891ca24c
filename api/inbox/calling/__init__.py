"""Telephone calls of contacts: who has a number, and calling a contact back."""
