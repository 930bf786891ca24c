"""The private Asterisk of these tests."""

from tests.sip.plugin import asterisk, asterisk_factory, realtime

__all__ = ["asterisk", "asterisk_factory", "realtime"]
