"""Reading what the api asks of the engine: the stream `commands`, each entry once and in order."""

import asyncio
import logging
from collections.abc import Callable

from pydantic import ValidationError

from pbx.metrics import Metrics
from pbx.persistence.store import UNAVAILABLE, Store
from pbx.ports import Inbox
from routing.events import AgentStatus, AgentStatusSet, HangUpRequested
from routing.ids import AgentId, CallId, QueueId, UserId
from switchroom.messages.commands import (
    ConfigKind,
    ForgetPhone,
    HangUpCall,
    ReloadConfig,
    SetAgentStatus,
    parse_command,
)

log = logging.getLogger(__name__)

WAIT_SECONDS = 1.0
RETRY_SECONDS = 0.5


class ApiCommands:
    """Puts each command into the inbox with its stream id. So a command is applied once, also across a restart.

    `ReloadConfig` goes to `reload(kind, id)`, `ForgetPhone` itself to `forget`; both must return at once. An
    entry that is no valid command is logged, counted and left out.
    """

    def __init__(
        self,
        store: Store,
        inbox: Inbox,
        reload: Callable[[ConfigKind, str], None],
        forget: Callable[[ForgetPhone], None],
        metrics: Metrics,
        *,
        last: str,
    ) -> None:
        self._store = store
        self._inbox = inbox
        self._reload = reload
        self._forget = forget
        self._metrics = metrics
        self._last = last

    async def run(self) -> None:
        """Read for ever. While Redis is away, try again every half second."""
        while True:
            try:
                entries = await self._store.commands_after(self._last, wait=WAIT_SECONDS)
            except UNAVAILABLE as error:
                log.debug("commands not readable", extra={"why": repr(error)})
                await asyncio.sleep(RETRY_SECONDS)
                continue
            for entry, fields in entries:
                self._last = entry
                self.apply(entry, fields)

    def apply(self, entry: str, fields: dict[str, str]) -> None:
        """Do what the entry with this stream id asks for."""
        try:
            command = parse_command(fields["body"])
        except (KeyError, ValueError) as error:
            self._metrics.errors.labels("api-command").inc()
            log.warning("malformed api command", extra={"entry": entry, "why": _summary(error)})
            return
        match command:
            case SetAgentStatus():
                event = AgentStatusSet(
                    AgentId(command.agent),
                    AgentStatus(command.status),
                    None if command.queue is None else QueueId(command.queue),
                    command.reason,
                    _user(command.by),
                )
                self._inbox.put(event, command=entry)
            case HangUpCall():
                self._inbox.put(HangUpRequested(CallId(command.call), _user(command.by)), command=entry)
            case ReloadConfig():
                self._reload(command.kind, command.id)
            case ForgetPhone():
                self._forget(command)


def _user(value: str | None) -> UserId | None:
    return None if value is None else UserId(value)


def _summary(error: Exception) -> str:
    """Say which fields are wrong, without their values, which may be personal."""
    if isinstance(error, ValidationError):
        return "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['type']}" for e in error.errors())
    return type(error).__name__
