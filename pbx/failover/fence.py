"""Fencing at Asterisk: each node keeps the number of the newest engine, so that an older one learns of it there."""

import asyncio
import logging
from collections.abc import Callable

from pbx.failover.lease import LeaseLost

log = logging.getLogger(__name__)


class Fence:
    """One engine's number (`pbx.failover.lease`), compared with what each node has. `halt` is called once, at the first
    higher number, and must stop every command at once."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.halt: Callable[[], None] = lambda: None
        self._why: str = ""
        self._overtaken = asyncio.Event()

    @property
    def overtaken(self) -> bool:
        return self._overtaken.is_set()

    def compare(self, node: str, text: str) -> bool:
        """Note the value of a node's `SR_FENCE`. Whether ours must be set there: it is missing or older."""
        found = int(text) if text.isdecimal() else 0
        if found > self.number and not self.overtaken:
            self._why = f"node {node} obeys a newer engine (fence {found}, ours {self.number})"
            self._overtaken.set()
            log.error("another engine commands this node", extra={"node": node, "fence": found})
            self.halt()
        return found < self.number

    async def broken(self) -> None:
        """Wait for a newer engine. Raises LeaseLost then, and never returns."""
        await self._overtaken.wait()
        raise LeaseLost(self._why)
