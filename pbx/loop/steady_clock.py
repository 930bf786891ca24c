"""The engine's clock: POSIX seconds that never step, so that waits and wrap-ups keep their length.

It runs with the machine's monotonic clock. After a step of the machine's clock, the engine's comes closer to it bit by
bit: it runs faster or slower by `SLEW` of the time that passes. So a length of 60 s is wrong by 0.6 s at most.

While nothing is measured, a clock that was put forward is followed at once. One that was put back is followed faster,
by `IDLE_SLEW`, because the core's time cannot go back.

An engine that is started again reads the same monotonic clock, if the machine was not started again. So it goes on from
the last reading that was saved.
"""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from time import monotonic, time
from typing import Any

from pbx.metrics import Metrics

log = logging.getLogger(__name__)

SLEW = 0.01
IDLE_SLEW = 0.5
STEP_SECONDS = 1.0
"""A smaller difference in one second is no step: the network's time protocol makes such ones."""
FOLLOW_SECONDS = 1.0
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class SteadyClock:
    """Call it for the time. `follow` must be called about once a second.

    `start`: the first time that it shows, POSIX seconds; None: the machine's time.
    """

    def __init__(
        self,
        wall: Callable[[], float] = time,
        steady: Callable[[], float] = monotonic,
        *,
        start: float | None = None,
    ) -> None:
        self._wall = wall
        self._steady = steady
        self._followed = steady()
        self._offset = wall() - self._followed
        self._time = wall() if start is None else start
        self._rate = 1.0

    def __call__(self) -> float:
        return self._time + self._rate * (self._steady() - self._followed)

    def follow(self, *, idle: bool) -> float:
        """Come closer to the machine's clock. Return by how many seconds that was set since the last call.

        `idle`: no length of time is measured now.
        """
        now, wall = self._steady(), self._wall()
        stepped, self._offset = wall - now - self._offset, wall - now
        self._time += self._rate * (now - self._followed)
        self._followed = now
        if idle:
            self._time = max(self._time, wall)
        most = IDLE_SLEW if idle else SLEW
        self._rate = 1.0 + max(-most, min(most, (wall - self._time) / FOLLOW_SECONDS))
        return stepped


def reading(clock: Callable[[], float]) -> dict[str, Any]:
    """Return what the clock shows now, to be saved for `resumed`."""
    return {"at": clock(), "steady": monotonic(), "boot": _boot()}


def resumed(saved: dict[str, Any] | None, newest: float) -> float:
    """Return the time at which an engine goes on that is started again: at least `newest`, the core's time.

    `saved`: the last reading. If another machine took it, or the machine was started again since, only the machine's
    time tells how long that is ago.
    """
    if saved is None or saved["boot"] != _boot():
        return max(newest, time())
    return max(newest, float(saved["at"]) + monotonic() - float(saved["steady"]))


def _boot() -> str:
    return _BOOT_ID.read_text().strip()


async def follow(clock: SteadyClock, idle: Callable[[], bool], metrics: Metrics) -> None:
    """Let the clock follow the machine's for ever. Log and count each step."""
    while True:
        await asyncio.sleep(FOLLOW_SECONDS)
        stepped = clock.follow(idle=idle())
        if abs(stepped) >= STEP_SECONDS:
            metrics.clock_steps.inc()
            log.warning("the machine's clock was set", extra={"seconds": round(stepped, 3)})
