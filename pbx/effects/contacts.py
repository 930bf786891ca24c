"""Carries out `FindContact`: a look-up in the database, which may be away."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from routing.commands import FindContact
from routing.events import ContactFound

log = logging.getLogger(__name__)

SECONDS = 2.0
THREADS = 4


class Contacts:
    """`find` returns the attributes of the team's contact with a number. It blocks, and may raise anything."""

    def __init__(self, find: Callable[[str, str], dict[str, str] | None]) -> None:
        self._find = find
        # Threads of its own: if look-ups hang, the configuration can still be read.
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="contacts")

    async def find(self, command: FindContact) -> ContactFound:
        """Look the number up. Raise nothing, unless cancelled: without a database no contact is found."""
        found = None
        work = asyncio.get_running_loop().run_in_executor(
            self._threads, self._find, command.team, command.number
        )
        try:
            found = await asyncio.wait_for(work, SECONDS)
        except Exception as error:
            log.warning("contacts cannot be looked up", extra={"why": type(error).__name__})
        return ContactFound(command.call, command.token, found)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
