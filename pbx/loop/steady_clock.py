"""The engine's clock: POSIX seconds that never step, so that waits and wrap-ups keep their length.

It runs with the machine's monotonic clock. If the machine's clock is set, the engine's comes closer to it bit by bit,
by a twentieth of the time that passes. So a length of 20 s is wrong by one second at most. A clock that was put forward
is followed at once while nothing is measured. One that was put back is not, since the core's time cannot go back.
"""

import asyncio
import logging
from collections.abc import Callable
from time import monotonic, time

from pbx.metrics import Metrics

log = logging.getLogger(__name__)

SLEW = 0.05
STEP_SECONDS = 1.0
"""A smaller difference in one second is no step: the network's time protocol makes such ones."""
FOLLOW_SECONDS = 1.0


class SteadyClock:
    """Call it for the time. `follow` must be called about once a second."""

    def __init__(self, wall: Callable[[], float] = time, steady: Callable[[], float] = monotonic) -> None:
        self._wall = wall
        self._steady = steady
        self._followed = steady()
        self._base = self._offset = wall() - self._followed

    def __call__(self) -> float:
        return self._base + self._steady()

    def follow(self, *, idle: bool) -> float:
        """Come closer to the machine's clock. Return by how many seconds that was set since the last call.

        `idle`: no length of time is measured now.
        """
        now = self._steady()
        offset = self._wall() - now
        stepped, self._offset = offset - self._offset, offset
        most, self._followed = SLEW * (now - self._followed), now
        gap = offset - self._base
        self._base += gap if idle and gap > 0 else max(-most, min(most, gap))
        return stepped


async def follow(clock: SteadyClock, idle: Callable[[], bool], metrics: Metrics) -> None:
    """Let the clock follow the machine's for ever. Log and count each step."""
    while True:
        await asyncio.sleep(FOLLOW_SECONDS)
        stepped = clock.follow(idle=idle())
        if abs(stepped) >= STEP_SECONDS:
            metrics.clock_steps.inc()
            log.warning("the machine's clock was set", extra={"seconds": round(stepped, 3)})
