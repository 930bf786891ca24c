from tests.sip.plugin import asterisk, realtime

__all__ = ["asterisk", "realtime"]
