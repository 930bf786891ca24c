"""Satisfaction surveys: what contacts answered after their conversations were closed."""
