"""Measures how long an agent's phone takes to ring, from the event because of which the call was offered."""

from prometheus_client import Histogram

from routing.commands import Command, LogCall, OfferCall
from routing.events import AgentAnswered, Event, OfferFailed, PhoneRang
from routing.ids import AgentId, CallId


class OfferLatency:
    """`commanded` notes each offer and the time of the event that caused it: an agent came free, a call was queued.
    `saw` ends the measure when the phone rings."""

    def __init__(self, histogram: Histogram) -> None:
        self._histogram = histogram
        self._offered: dict[CallId, dict[AgentId, float]] = {}

    def commanded(self, command: Command, at: float) -> None:
        if isinstance(command, LogCall):
            self._offered.pop(CallId(command.record["id"]), None)
        elif isinstance(command, OfferCall):
            offers = self._offered.setdefault(command.call, {})
            offers.update(dict.fromkeys(command.agents, at))

    def saw(self, event: Event, now: float) -> None:
        if isinstance(event, PhoneRang | AgentAnswered | OfferFailed):
            at = self._offered.get(event.call, {}).pop(event.agent, None)
            if at is not None and isinstance(event, PhoneRang):
                self._histogram.observe(now - at)
