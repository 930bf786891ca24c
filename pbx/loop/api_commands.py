"""What the api asks of the engine: the `commands` stream, read once and in order."""

import asyncio
import json
import logging
from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from pbx.metrics import Metrics
from pbx.persistence.store import UNAVAILABLE, Store
from pbx.ports import Inbox
from routing.events import AgentStatus, AgentStatusSet, HangUpRequested
from routing.ids import AgentId, CallId, QueueId, UserId

log = logging.getLogger(__name__)

Id = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
ConfigKind = Literal["team", "queue", "agent", "user", "department", "route", "number"]
"""`user`: the id is the membership's."""

WAIT_SECONDS = 1.0
RETRY_SECONDS = 0.5


class _AgentStatus(BaseModel):
    type: Literal["agent-status"]
    agent: Id
    status: AgentStatus
    queue: Id | None = None
    reason: str = Field(default="", max_length=200)
    by: Id | None = None


class _Config(BaseModel):
    type: Literal["config"]
    kind: ConfigKind
    id: Id


class _Phone(BaseModel):
    type: Literal["config"]
    kind: Literal["phone"]
    id: str = Field(pattern=r"^[a-z0-9]{1,40}$")


class _HangUp(BaseModel):
    type: Literal["hang-up"]
    call: Id
    by: Id | None = None


_AnyConfig = Annotated[_Config | _Phone, Field(discriminator="kind")]
ApiCommand = Annotated[_AgentStatus | _AnyConfig | _HangUp, Field(discriminator="type")]
_COMMAND: TypeAdapter[_AgentStatus | _Config | _Phone | _HangUp] = TypeAdapter(ApiCommand)


class ApiCommands:
    """Puts each command into the inbox with its stream id, so that it is applied once across restarts.

    A `config` goes to `reload(kind, id)` or, for a SIP account, to `expire(phone)`; both must return at once.
    A malformed entry is logged, counted and passed over.
    """

    def __init__(
        self,
        store: Store,
        inbox: Inbox,
        reload: Callable[[ConfigKind, str], None],
        expire: Callable[[str], None],
        metrics: Metrics,
        *,
        last: str,
    ) -> None:
        self._store = store
        self._inbox = inbox
        self._reload = reload
        self._expire = expire
        self._metrics = metrics
        self._last = last

    async def run(self) -> None:
        """Read for ever, through Redis's absences."""
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
        try:
            command = _COMMAND.validate_python(json.loads(fields["body"]))
        except (KeyError, ValueError, ValidationError) as error:
            self._metrics.errors.labels("api-command").inc()
            log.warning("malformed api command", extra={"entry": entry, "why": _summary(error)})
            return
        match command:
            case _AgentStatus():
                event = AgentStatusSet(
                    AgentId(command.agent),
                    command.status,
                    None if command.queue is None else QueueId(command.queue),
                    command.reason,
                    _user(command.by),
                )
                self._inbox.put(event, command=entry)
            case _HangUp():
                self._inbox.put(HangUpRequested(CallId(command.call), _user(command.by)), command=entry)
            case _Config():
                self._reload(command.kind, command.id)
            case _Phone():
                self._expire(command.id)


def _user(value: str | None) -> UserId | None:
    return None if value is None else UserId(value)


def _summary(error: Exception) -> str:
    """Where it is wrong, without the values: they may be personal."""
    if isinstance(error, ValidationError):
        return "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['type']}" for e in error.errors())
    return type(error).__name__
