"""The Asterisk nodes that an engine serves."""
