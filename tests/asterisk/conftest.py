"""The private Asterisk of these tests."""

from tests.support.sip.plugin import asterisk, asterisk_factory, realtime, two_asterisks

__all__ = ["asterisk", "asterisk_factory", "realtime", "two_asterisks"]
