"""Private Asterisk servers and SIP traffic for tests. Start with `tests.sip.asterisk` and `tests.sip.phones`."""
