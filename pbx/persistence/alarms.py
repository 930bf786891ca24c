"""Alarms on their way to the operator: a metric, a log line, a webhook. About calls to the telephone network, and about
calls that are refused."""

import json
import logging
from collections.abc import Callable

from pbx.metrics import Metrics
from routing.commands import CallRefused, Notify, OutboundAlarm
from routing.ids import CallId, TeamId

log = logging.getLogger(__name__)

QUIET_SECONDS = 60.0
"""A team's refused calls are told once in so many seconds. The metric counts each."""


class Alarms:
    """`webhook`: the URL that is told of each alarm; empty: none. `notify` sends it, signed for the team."""

    def __init__(self, metrics: Metrics, notify: Callable[[Notify, float], None], webhook: str) -> None:
        self._metrics = metrics
        self._notify = notify
        self._webhook = webhook
        self._told: dict[tuple[TeamId | None, str], float] = {}

    def raised(self, command: OutboundAlarm, at: float) -> None:
        """Tell of the alarm. `at`: when its event entered the engine, POSIX seconds."""
        about = {"alarm": command.alarm, "country": command.country, "denial": command.denial}
        self._metrics.outbound_alarms.labels(command.alarm).inc()
        log.warning("outbound alarm", extra={**about, "team": command.team, "call": command.call})
        self._send(command.call, command.team, f"Outbound alarm: {command.alarm}", about, at)

    def refused(self, command: CallRefused, at: float) -> None:
        """Count the refused call, and tell of the first in a while."""
        self._metrics.refused_calls.labels(command.why).inc()
        key = (command.team, command.why)
        if at - self._told.get(key, at - QUIET_SECONDS) < QUIET_SECONDS:
            return
        self._told[key] = at
        about = {"alarm": "calls-refused", "why": command.why}
        log.warning("calls are refused", extra={**about, "team": command.team, "call": command.call})
        if command.team is not None:
            self._send(command.call, command.team, "Calls are refused", about, at)

    def _send(self, call: CallId, team: TeamId, subject: str, about: dict[str, str], at: float) -> None:
        """Tell the webhook, if there is one."""
        if self._webhook:
            self._notify(Notify(call, team, "webhook", self._webhook, subject, json.dumps(about)), at)
