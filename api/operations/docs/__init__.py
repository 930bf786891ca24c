"""The reference of the API, to read and to try in a browser."""
