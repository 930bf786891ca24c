"""Carries out `FindRoom`: a look-up in the database, which may be away, and the limits of wrong PINs."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from time import monotonic

from routing.commands import FindRoom
from routing.events import RoomFound
from routing.rooms import RoomEntry

log = logging.getLogger(__name__)

SECONDS = 2.0
THREADS = 2
WINDOW = 600.0
"""Seconds for which a wrong PIN counts."""
MOST_OF_CALLER, MOST_OF_ROOM = 9, 30
"""After so many wrong PINs within the window, from one number or for one room, every PIN is wrong."""
MOST_KEYS = 10_000


class Failures:
    """Wrong PINs of the last minutes, by what they count against. The engine's successor begins with none."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._at: dict[Hashable, deque[float]] = {}

    def count(self, key: Hashable) -> int:
        """Return how many there were, and forget older ones."""
        times = self._at.get(key)
        if times is None:
            return 0
        while times and times[0] <= self._clock() - WINDOW:
            times.popleft()
        if not times:
            del self._at[key]
        return len(times)

    def add(self, key: Hashable) -> None:
        """Count one. Of too many keys the oldest is forgotten."""
        self._at.setdefault(key, deque(maxlen=MOST_OF_ROOM)).append(self._clock())
        if len(self._at) > MOST_KEYS:
            del self._at[next(iter(self._at))]


class Rooms:
    """`find` returns what opens the room that a command asks for. It blocks, and may raise anything."""

    def __init__(
        self, find: Callable[[FindRoom], RoomEntry | None], clock: Callable[[], float] = monotonic
    ) -> None:
        self._find = find
        self._failures = Failures(clock)
        # Threads of their own: if look-ups hang, the configuration can still be read.
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="rooms")

    async def find(self, command: FindRoom) -> RoomFound:
        """Look the room up. Raise nothing, unless cancelled: without a database nothing is opened."""
        limits = (
            (("caller", command.team, command.caller), MOST_OF_CALLER),
            (("room", command.team, command.number), MOST_OF_ROOM),
        )
        entry = None
        if command.pin and any(self._failures.count(key) >= most for key, most in limits):
            log.warning("a conference's PIN is refused: there were too many wrong ones")
            return RoomFound(command.call, command.token)
        work = asyncio.get_running_loop().run_in_executor(self._threads, self._find, command)
        try:
            entry = await asyncio.wait_for(work, SECONDS)
        except Exception as error:
            log.warning("conferences cannot be looked up", extra={"why": type(error).__name__})
            return RoomFound(command.call, command.token)
        if entry is None and command.pin:
            for key, _ in limits:
                self._failures.add(key)
        return RoomFound(command.call, command.token, entry)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
