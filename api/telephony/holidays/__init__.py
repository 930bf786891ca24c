"""Public holidays of countries, for opening hours."""
