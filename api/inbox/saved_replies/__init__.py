"""Saved replies: texts that members send often."""
