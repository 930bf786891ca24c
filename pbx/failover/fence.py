"""The fence at Asterisk: each node keeps the number of the newest engine. An older engine that reads it stops."""

import asyncio
import logging
from collections.abc import Callable

from pbx.failover.lease import LeaseLost

log = logging.getLogger(__name__)


class Fence:
    """Compares one engine's number (`pbx.failover.lease`) with the number that each node has.

    `halt` is called once, at the first higher number. It must stop every command at once.
    """

    def __init__(self, number: int) -> None:
        self.number = number
        self.halt: Callable[[], None] = lambda: None
        self._why: str = ""
        self._overtaken = asyncio.Event()

    @property
    def overtaken(self) -> bool:
        return self._overtaken.is_set()

    def compare(self, node: str, text: str) -> bool:
        """Compare with the value of a node's `SR_FENCE`. Return whether ours must be set there, being newer."""
        found = int(text) if text.isdecimal() else 0
        if found > self.number and not self.overtaken:
            self._why = f"node {node} obeys a newer engine (fence {found}, ours {self.number})"
            self._overtaken.set()
            log.error("another engine commands this node", extra={"node": node, "fence": found})
            self.halt()
        return found < self.number

    async def broken(self) -> None:
        """Wait for a newer engine, and raise LeaseLost then. Never returns."""
        await self._overtaken.wait()
        raise LeaseLost(self._why)
