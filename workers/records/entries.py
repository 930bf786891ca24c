"""Entries of the records stream, checked at the border, as rows. Shapes: routing/records.py; times: POSIX
seconds.
"""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from models import OutboxKind, Voicemail
from switchroom.ids import new_id

Row = dict[str, Any]
"""A row of a table by its columns; those that it lacks get their defaults."""

Id = Annotated[str, Field(min_length=1, max_length=32)]
Seconds = Annotated[float, Field(ge=0, le=32_503_680_000)]
"""POSIX seconds up to the year 3000: what a datetime can hold."""
_BASE = re.compile(r"recordings/[0-9a-z]{1,32}-(\d{1,4})")


class _Shape(BaseModel):
    model_config = ConfigDict(extra="ignore", allow_inf_nan=False)


class Call(_Shape):
    id: Id
    team: Id | None
    direction: str = "inbound"
    caller: str = ""
    caller_name: str = ""
    did: str = ""
    number: Id | None = None
    route: Id | None = None
    route_version: int | None = None
    queue: Id | None = None
    agent: Id | None = None
    started_at: Seconds
    queued_at: Seconds | None = None
    answered_at: Seconds | None = None
    ended_at: Seconds
    wait: float = 0.0
    talk: float = 0.0
    disposition: str
    hangup_cause: int = 0
    ended_by: str = ""
    path: list[Any] = []
    legs: list[Any] = []
    recordings: list[Annotated[str, Field(pattern=_BASE.pattern + "$")]] = []
    decisions: list[Any] = []
    tags: list[str] = []
    language: str = Field(default="", max_length=20)
    callback: Id | None = None
    callback_of: Id | None = None


class Message(_Shape):
    call: Id
    team: Id | None
    mailbox_kind: Literal["team", "queue", "user", "call"]
    mailbox: Id
    caller: str = ""
    caller_name: str = ""
    did: str = ""
    file: Annotated[str, Field(pattern=r"^voicemail/[0-9A-Za-z_.-]{1,150}\.wav$")]
    seconds: float = 0.0
    created_at: Seconds


class Work(_Shape):
    call: Id
    agent: Id | None = None
    team: Id
    seconds: float


class Notice(_Shape):
    """What a route tells somebody; `id` is that of its outbox row."""

    id: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    call: Id
    team: Id
    kind: Literal["email", "webhook", "chat"]
    to: Annotated[str, Field(max_length=2000)]
    subject: Annotated[str, Field(max_length=500)] = ""
    text: Annotated[str, Field(max_length=20_000)] = ""
    at: Seconds


class CallEntry(_Shape):
    type: Literal["call"]
    node: str = Field(default="", max_length=20)
    record: Call


class VoicemailEntry(_Shape):
    type: Literal["voicemail"]
    node: str = Field(default="", max_length=20)
    record: Message


class WrapUpEntry(_Shape):
    type: Literal["wrap-up"]
    node: str = ""
    record: Work


class NotifyEntry(_Shape):
    type: Literal["notify"]
    node: str = ""
    record: Notice


Entry = CallEntry | VoicemailEntry | WrapUpEntry | NotifyEntry
_ENTRY: TypeAdapter[Entry] = TypeAdapter(Annotated[Entry, Field(discriminator="type")])


def parse_entry(body: str | bytes) -> Entry:
    """One entry's `body`. Raises ValueError (pydantic's) if it has no known shape."""
    return _ENTRY.validate_json(body)


def call_log(call: Call, node: str) -> Row:
    return {
        "id": call.id,
        "team_id": call.team,
        "direction": call.direction[:10],
        "caller": _text(call.caller, 80),
        "caller_name": _text(call.caller_name, 100),
        "did": _text(call.did, 40),
        "number_id": call.number,
        "route_id": call.route,
        "route_version": call.route_version,
        "queue_id": call.queue,
        "agent_id": call.agent,
        "started_at": _time(call.started_at),
        "queued_at": _optional_time(call.queued_at),
        "answered_at": _optional_time(call.answered_at),
        "ended_at": _time(call.ended_at),
        "wait": call.wait,
        "talk": call.talk,
        "disposition": call.disposition[:20],
        "hangup_cause": call.hangup_cause,
        "ended_by": call.ended_by[:10],
        "path": call.path,
        "legs": call.legs,
        "recordings": list(call.recordings),
        "decisions": call.decisions,
        "tags": call.tags,
        "language": call.language,
        "callback": call.callback,
        "callback_of": call.callback_of,
        "node": node,
    }


def recordings(call: Call, node: str) -> list[Row]:
    """One row for each talk. Talk n has the agent and queue of the n-th answered leg, if it is known."""
    answered = [leg for leg in call.legs if isinstance(leg, dict) and leg.get("outcome") == "answered"]
    rows = []
    for base in call.recordings:
        match = _BASE.fullmatch(base)
        if match is None:
            raise ValueError(f"not a recording's name: {base!r}")
        number = int(match.group(1))
        leg = answered[number - 1] if 0 < number <= len(answered) else {}
        rows.append(
            {
                "id": new_id(),
                "created_at": _time(call.started_at),
                "call_id": call.id,
                "team_id": call.team,
                "queue_id": leg.get("queue") or call.queue,
                "agent_id": leg.get("agent") or call.agent,
                "number": number,
                "node": node,
                "file_base": base,
            }
        )
    return rows


def voicemail(message: Message, node: str) -> Voicemail:
    return Voicemail(
        created_at=_time(message.created_at),
        call_id=message.call,
        team_id=message.team,
        mailbox_kind=message.mailbox_kind,
        mailbox_id=message.mailbox,
        caller=_text(message.caller, 80),
        caller_name=_text(message.caller_name, 100),
        did=_text(message.did, 40),
        node=node,
        file=message.file,
        seconds=message.seconds,
    )


def notification(notice: Notice) -> Row:
    """The row from which a job sends it, after the commit."""
    payload = notice.model_dump(exclude={"id"})
    payload |= {name: payload[name].replace("\0", "") for name in ("to", "subject", "text")}
    return {"id": notice.id, "kind": OutboxKind.NOTIFICATION.value, "payload": payload}


def _text(value: str, length: int) -> str:
    """PostgreSQL keeps no NUL and no more than the column's length."""
    return value.replace("\0", "")[:length]


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _optional_time(seconds: float | None) -> datetime | None:
    return None if seconds is None else _time(seconds)
