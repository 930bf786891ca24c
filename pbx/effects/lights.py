"""The message-waiting lights of telephones: RFC 3842, sent unsolicited by AMI's `PJSIPNotify`.

Asterisk keeps no state of it. So a phone is told when a mailbox that it shows changes, when it registers, and when the
engine or its node has started. It is told again though nothing changed, which does no harm: phones take the newest.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import Protocol

from pbx.configuration.mailboxes import Light
from switchroom.messages.commands import CountMessages

log = logging.getLogger(__name__)

GATHER_SECONDS = 0.2
"""What changes within this time is counted once."""
RETRY_SECONDS = 2.0
AT_ONCE = 100
"""Phones whose messages are counted with one round of statements."""
PAUSE_SECONDS = 0.005
"""Between two phones: after a restart there may be thousands."""


class Counts(Protocol):
    """What is read of the database. Every method blocks, and may raise anything."""

    def phones_of(self, team: str, kind: str, owner: str) -> list[str]: ...

    def lights(self, phones: Iterable[str]) -> dict[str, Light]: ...


class Lights:
    """`show` tells a phone what its lamp shows."""

    def __init__(self, counts: Counts, show: Callable[[str, Light], None]) -> None:
        self._counts, self._show = counts, show
        self._mailboxes: dict[tuple[str, str, str], None] = {}
        self._phones: dict[str, None] = {}
        self._work = asyncio.Event()

    def counted(self, changed: CountMessages) -> None:
        """Set the lights of those who look after a mailbox again."""
        self._mailboxes[changed.team, changed.mailbox_kind, changed.mailbox] = None
        self._work.set()

    def registered(self, phone: str) -> None:
        """Set the light of a phone that has registered."""
        self._phones[phone] = None
        self._work.set()

    async def run(self) -> None:
        """Set what is to be set, for ever. While the database is away, try again every two seconds."""
        while True:
            await self._work.wait()
            await asyncio.sleep(GATHER_SECONDS)
            self._work.clear()
            try:
                await self.flush()
            except Exception as error:
                log.warning("the lights of phones are not set", extra={"why": type(error).__name__})
                await asyncio.sleep(RETRY_SECONDS)
                self._work.set()

    async def flush(self) -> None:
        """Set what is to be set now. Raises what prevents it: it is still to be done then."""
        while self._mailboxes:
            mailbox = next(iter(self._mailboxes))
            for phone in await asyncio.to_thread(self._counts.phones_of, *mailbox):
                self._phones[phone] = None
            self._mailboxes.pop(mailbox, None)
        while self._phones:
            phones = list(self._phones)[:AT_ONCE]
            for phone, light in (await asyncio.to_thread(self._counts.lights, phones)).items():
                self._show(phone, light)
                await asyncio.sleep(PAUSE_SECONDS)
            for phone in phones:
                self._phones.pop(phone, None)
