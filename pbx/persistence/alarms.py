"""Alarms about calls to the telephone network, on their way to the operator: a metric, a log line, a webhook."""

import json
import logging
from collections.abc import Callable

from pbx.metrics import Metrics
from routing.commands import Notify, OutboundAlarm

log = logging.getLogger(__name__)


class Alarms:
    """`webhook`: the URL that is told of each alarm; empty: none. `notify` sends it, signed for the team."""

    def __init__(self, metrics: Metrics, notify: Callable[[Notify, float], None], webhook: str) -> None:
        self._metrics = metrics
        self._notify = notify
        self._webhook = webhook

    def raised(self, command: OutboundAlarm, at: float) -> None:
        """Tell of the alarm. `at`: when its event entered the engine, POSIX seconds."""
        about = {"alarm": command.alarm, "country": command.country, "denial": command.denial}
        self._metrics.outbound_alarms.labels(command.alarm).inc()
        log.warning("outbound alarm", extra={**about, "team": command.team, "call": command.call})
        if self._webhook:
            subject = f"Outbound alarm: {command.alarm}"
            self._notify(
                Notify(command.call, command.team, "webhook", self._webhook, subject, json.dumps(about)), at
            )
