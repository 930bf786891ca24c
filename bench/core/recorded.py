"""Traffic that is recorded once and then handled by engines, so that only the engine's time is measured."""

from dataclasses import dataclass
from time import thread_time
from typing import Any, Protocol

from bench.core.call_center import MORNING, QUEUE, TEAM, CallCenter
from routing import commands as c
from routing import events as e
from routing.engine import Engine

WRAP_UP, RING, THRESHOLD = 5.0, 20.0, 20.0


class Handler(Protocol):
    def handle(self, event: Any, now: float) -> Any: ...


@dataclass(frozen=True)
class Recorded:
    """Events in two parts. `before` fills the queue: all agents talk, and as many callers wait. In `busy`, talks end
    and callers enter."""

    center: CallCenter
    before: list[tuple[e.Event, float]]
    busy: list[tuple[e.Event, float]]

    def fresh(self) -> Engine:
        return plain_center(self.center.size).engine

    def run(self, handler: Handler) -> tuple[float, list[Any]]:
        """Return the CPU seconds of the busy part, and its commands."""
        handle, said = handler.handle, []
        for event, now in self.before:
            handle(event, now)
        began = thread_time()
        for event, now in self.busy:
            said.append(handle(event, now))
        return thread_time() - began, said


class _Listening:
    """An engine that records its events."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.log = engine, list[tuple[e.Event, float]]()
        self.timers = engine.timers

    def handle(self, event: e.Event, now: float) -> list[c.Command]:
        self.log.append((event, now))
        return self.engine.handle(event, now)


def plain_center(size: int) -> CallCenter:
    return CallCenter(size, wrap_up=WRAP_UP, ring_timeout=RING, call_service_good=THRESHOLD)


def record(size: int, talks: int) -> Recorded:
    center = plain_center(size)
    listening = center.engine = _Listening(center.engine)  # type: ignore[assignment]
    for _ in range(2 * size):
        center.enters()
    filled = len(listening.log)
    for _ in range(talks):
        agent = center.lines[center.talking[0]].agent
        center.talk_ends()
        center.timer(str(agent), "wrap-up")
        center.enters()
    return Recorded(center, listening.log[:filled], listening.log[filled:])


__all__ = ["MORNING", "QUEUE", "TEAM", "Recorded", "plain_center", "record"]
