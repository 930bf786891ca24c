"""Chooses the log level when an Asterisk does not answer: a boot is expected, a long absence is a warning."""

import logging
from time import monotonic

log = logging.getLogger(__name__)

SETTLED_SECONDS = 5.0
"""A connection that ends sooner belongs to Asterisk's boot."""


class Absence:
    """Logs the failures of one node's connection. `alarm`: seconds until an absence is a warning."""

    def __init__(self, node: str, alarm: float) -> None:
        self._node = node
        self._alarm = alarm
        self._since: float | None = None
        self._told = False

    def failed(self, error: Exception, lived: float) -> None:
        """Log that a connection ended which was logged in for `lived` seconds; 0: it never was."""
        now = monotonic()
        extra = {"node": self._node, "why": repr(error)}
        if lived >= SETTLED_SECONDS:
            self._since, self._told = now, False
            log.warning("AMI connection lost", extra=extra)
        elif self._since is None:
            self._since = now
            log.info("AMI does not answer yet", extra=extra)
        elif now - self._since >= self._alarm and not self._told:
            self._told = True
            log.warning("AMI does not answer", extra={**extra, "seconds": round(now - self._since)})
        else:
            log.debug("AMI does not answer yet", extra=extra)
