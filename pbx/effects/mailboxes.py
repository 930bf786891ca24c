"""Carries out what a caller wants of a mailbox: to read its messages, and to check or change its PIN."""

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol, TypeVar

from routing.commands import CheckPin, ReadMailbox, SetPin
from routing.events import MailboxRead, PinChecked, StoredMessage
from switchroom.pins import check_pin, hash_pin, problem_of

log = logging.getLogger(__name__)

SECONDS = 10.0
"""How long a caller waits for the database and for the hash of a PIN, at the most."""
THREADS = 2
"""PINs that are hashed at the same time: each takes 64 MiB and a core."""

T = TypeVar("T")


class Reads(Protocol):
    """What is read of the database. Every method blocks, and may raise anything."""

    def messages(self, team: str, kind: str, owner: str) -> tuple[StoredMessage, ...]: ...

    def pin_of(self, team: str, kind: str, owner: str, user: str) -> tuple[str | None, bool]: ...

    def numbers_of(self, team: str, kind: str, owner: str) -> tuple[str | None, ...]: ...


Record = dict[str, Any]


class Mailboxes:
    """`keep` writes down what was changed (`routing.records.MailboxRecord`). No method raises, unless cancelled."""

    def __init__(self, reads: Reads, keep: Callable[[Record], None]) -> None:
        self._reads, self._keep = reads, keep
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="mailboxes")

    async def read(self, command: ReadMailbox) -> MailboxRead:
        """Read the messages. Without a database there are none, and the caller is told so."""
        c = command
        try:
            found = await self._work(lambda: self._reads.messages(c.team, c.kind, c.owner))
        except Exception as error:
            log.warning("a mailbox cannot be read", extra={"why": type(error).__name__})
            return MailboxRead(c.call, c.token, ok=False)
        return MailboxRead(c.call, c.token, found)

    async def check(self, command: CheckPin) -> PinChecked:
        """Check a PIN. It takes as long whether there is such a mailbox or not."""
        c = command

        def right() -> bool:
            pin_hash, may = self._reads.pin_of(c.team, c.kind, c.owner, c.user)
            return check_pin(pin_hash, c.pin) and may

        try:
            problem = "" if await self._work(right) else "wrong"
        except Exception as error:
            log.warning("a PIN cannot be checked", extra={"why": type(error).__name__})
            problem = "away"
        return PinChecked(c.call, c.token, problem)

    async def change(self, command: SetPin) -> PinChecked:
        """Change a PIN, if the two are the same and it is not easy to guess."""
        c = command
        if c.pin != c.again:
            return PinChecked(c.call, c.token, "mismatch")

        def hashed() -> str | None:
            numbers = self._reads.numbers_of(c.team, c.kind, c.owner)
            return None if problem_of(c.pin, *numbers) else hash_pin(c.pin)

        try:
            pin_hash = await self._work(hashed)
        except Exception as error:
            log.warning("a PIN cannot be changed", extra={"why": type(error).__name__})
            return PinChecked(c.call, c.token, "away")
        if pin_hash is None:
            return PinChecked(c.call, c.token, "weak")
        mailbox = {"team": c.team, "mailbox_kind": c.kind, "mailbox": c.owner}
        self._keep(
            {
                "call": c.call,
                **mailbox,
                "user": None,
                "action": "pin",
                "at": time.time(),
                "pin_hash": pin_hash,
            }
        )
        return PinChecked(c.call, c.token)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _work(self, work: Callable[[], T]) -> T:
        running = asyncio.get_running_loop().run_in_executor(self._threads, work)
        return await asyncio.wait_for(running, SECONDS)
