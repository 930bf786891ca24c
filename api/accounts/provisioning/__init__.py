"""Configuration files for desk phones, behind links that work once."""
