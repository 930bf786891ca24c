"""The engine's timers: one heap, and one pending wake-up of the event loop."""

import asyncio
import heapq
from collections.abc import Callable, Mapping
from time import time

from routing.ids import TimerId


class Timers:
    """Calls `due(timer)` at each armed timer's time. A timer that is started again has the new time only.

    Times are POSIX seconds of the engine's clock (`pbx.loop.steady_clock`), which is read when a wake-up is set. That
    clock may run a little faster or slower, so the next wake-up comes within `_longest` seconds.
    """

    def __init__(self, due: Callable[[TimerId], None], *, clock: Callable[[], float] = time) -> None:
        self._due = due
        self._clock = clock
        self._armed: dict[TimerId, float] = {}
        self._heap: list[tuple[float, TimerId]] = []
        self._handle: asyncio.TimerHandle | None = None
        self._longest = 60.0

    def __len__(self) -> int:
        return len(self._armed)

    def start(self, timer: TimerId, at: float) -> None:
        self._armed[timer] = at
        heapq.heappush(self._heap, (at, timer))
        if self._heap[0][1] == timer or self._handle is None:
            self._wake_up()

    def cancel(self, timer: TimerId) -> None:
        self._armed.pop(timer, None)
        if len(self._heap) > 64 and len(self._heap) > 4 * len(self._armed):
            self._rebuild()

    def replace(self, timers: Mapping[TimerId, float]) -> None:
        """Forget every timer and arm these, after the core's state was restored."""
        self._armed = dict(timers)
        self._rebuild()
        self._wake_up()

    def take(self, timer: TimerId) -> bool:
        """Return whether a due timer is still wanted, and forget it. The runner asks when it handles the timer's event:
        an event before it may have cancelled the timer or started it again."""
        at = self._armed.get(timer)
        if at is None or at > self._clock():
            return False
        del self._armed[timer]
        return True

    def stop(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _rebuild(self) -> None:
        self._heap = [(at, timer) for timer, at in self._armed.items()]
        heapq.heapify(self._heap)

    def _wake_up(self) -> None:
        self.stop()
        while self._heap and self._armed.get(self._heap[0][1]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        if self._heap:
            delay = min(max(0.0, self._heap[0][0] - self._clock()), self._longest)
            self._handle = asyncio.get_running_loop().call_later(delay, self._fire)

    def _fire(self) -> None:
        self._handle = None
        now = self._clock()
        while self._heap and self._heap[0][0] <= now:
            at, timer = heapq.heappop(self._heap)
            if self._armed.get(timer) == at:
                self._due(timer)
        self._wake_up()
