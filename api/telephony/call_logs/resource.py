"""What clients see of the call logs' table."""

from typing import Annotated, Literal

from pydantic import Field
from sqlalchemy import Text, cast

from api.conventions.answers import Answer, Column, PublicId, Seconds, Time
from api.conventions.resource import Resource
from models import CallLog, QueueStay
from routing.figures import Outcome


class CallLogSummary(Answer):
    """A call's record, as its table has it."""

    id: PublicId
    team: PublicId | None
    direction: Literal["inbound", "callback", "internal", "outgoing", "emergency"]
    """`callback`: we rang the customer. `internal`: a member called a colleague, so `from` and `to` are extensions.
    `outgoing`: a member called a telephone number, and `emergency` an emergency number; `from` is the extension."""
    caller: Annotated[str, Field(alias="from", examples=["+14165550199"])]
    caller_name: str
    to: Annotated[str, Column("did"), Field(examples=["+14165550100"])]
    did: Annotated[str, Field(examples=["+14165550100"])]
    """The same as `to`."""
    number: PublicId | None
    """The team's number that was called."""
    route: PublicId | None
    route_version: int | None
    queue: PublicId | None
    agent: PublicId | None
    started_at: Time
    queued_at: Time | None
    answered_at: Time | None
    ended_at: Time | None
    wait: Seconds
    """Seconds in the queue."""
    talk: Seconds
    """Seconds with an agent, an outside line or a colleague."""
    disposition: Annotated[str, Field(examples=["answered"])]
    """`answered`, `abandoned`, `voicemail`, `callback` (the caller asked for one), `overflowed`, `failed`,
    `not_in_service`, `refused` (too many calls at once), `missed` (the called party did not answer), `denied` (the
    team may not make this call to the telephone network) or `completed` (the route ended the call without an agent)."""
    hangup_cause: int
    """A cause of Q.850."""
    ended_by: Annotated[str, Field(examples=["caller"])]
    """`caller`, `agent` (or an outside line), `system`, `media` (the caller's audio was lost) or `agent-lost` (that of
    the agent or the outside line was)."""
    location: str
    """Of a call to an emergency number: where the member's telephone stands. Else empty."""
    tags: list[str]
    language: str
    conference: PublicId | None
    """The chat in whose conference the caller was; the leg of the kind `room` says when."""
    callback: PublicId | None
    """The callback that was asked for in this call."""
    callback_of: PublicId | None
    """The callback that this call attempts."""


CALL_LOG = Resource(
    "call log",
    CallLogSummary,
    CallLog,
    search=("from", "caller_name", "did"),
    sort="started_at DESC",
    more={"path": cast(CallLog.path, Text), "began": CallLog.started_at, "ended": CallLog.ended_at},
)


class StayAnswer(Answer):
    """A stay of a caller in one queue, from entering it to leaving it."""

    queue: PublicId
    agent: PublicId | None
    """Who answered."""
    joined_at: Time
    left_at: Time | None
    """Null: the caller waits for a callback."""
    outcome: Outcome
    wait: Annotated[Seconds, Field(examples=[15.0])]
    """Seconds on the line in this queue."""
    talk: Annotated[Seconds, Field(examples=[120.0])]
    """Seconds with the queue's agent."""
    exit: Annotated[str, Field(examples=["timeout"])]
    """The exit by which the caller left or was turned away; empty: they were answered, or hung up."""
    passed_to: Annotated[str, Field(examples=["queue"])]
    """The type of the block to which the call was passed on; empty: it was not."""
    callback: PublicId | None
    """The callback that the caller asked for in this queue."""
    call: PublicId
    """The call in which the stay began."""
    last_call: PublicId
    """The call in which it ended: the same, or the attempt of the callback."""


STAY = Resource("stay", StayAnswer, QueueStay)
