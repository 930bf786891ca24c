"""How loudly to tell that an Asterisk does not answer: one that boots is expected, one that stays away is not."""

import logging
from time import monotonic

log = logging.getLogger(__name__)


class Absence:
    """Tells of the failures of one node's connection. `alarm`: seconds until an absence is a warning."""

    def __init__(self, node: str, alarm: float) -> None:
        self._node = node
        self._alarm = alarm
        self._since: float | None = None
        self._told = False

    def failed(self, error: Exception, *, connected: bool) -> None:
        """An attempt failed or, if it was `connected`, the connection was lost."""
        now = monotonic()
        extra = {"node": self._node, "why": repr(error)}
        if connected:
            log.warning("AMI connection lost", extra=extra)
        elif self._since is None:
            log.info("AMI does not answer yet", extra=extra)
        elif now - self._since >= self._alarm and not self._told:
            self._told = True
            log.warning("AMI does not answer", extra={**extra, "seconds": round(now - self._since)})
        else:
            log.debug("AMI does not answer yet", extra=extra)
        self._since = now if self._since is None else self._since

    def ended(self) -> None:
        """The node answers."""
        self._since, self._told = None, False
