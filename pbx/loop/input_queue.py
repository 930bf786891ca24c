"""The one queue through which everything enters the core."""

import asyncio
from collections.abc import Callable
from time import time

from pbx.ports import Input
from routing.events import Event


class InputQueue:
    """Holds events in the order of their entry, each with the time of its entry, POSIX seconds."""

    def __init__(self, clock: Callable[[], float] = time) -> None:
        self._clock = clock
        self._queue: asyncio.Queue[Input] = asyncio.Queue()

    def put(self, event: Event, *, node: str | None = None, command: str | None = None) -> None:
        self._queue.put_nowait(Input(event, self._clock(), node, command))

    async def get(self) -> Input:
        return await self._queue.get()

    def get_nowait(self) -> Input:
        return self._queue.get_nowait()

    def __len__(self) -> int:
        return self._queue.qsize()
