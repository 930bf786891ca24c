"""Contacts of an organization: the people who write to it, and what it knows of them."""
