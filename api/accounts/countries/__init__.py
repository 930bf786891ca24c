"""The countries of the world."""
