"""Search: ranked full text over everything that the caller may see."""
