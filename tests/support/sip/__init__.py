"""Private Asterisk servers and SIP traffic for tests. Start with `asterisk` and `phones`."""
