"""What the engine tells the record writer: the stream `records`. Each entry becomes rows of the database, once.

The engine does not check a record before it sends it (`pbx.persistence.records`), so that no record is ever lost there.
The record writer checks it, and moves an entry that it cannot write to the stream `records:dead`.
"""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, TypeAdapter, with_config
from typing_extensions import TypedDict

from switchroom.messages.base import Id, Message

RowId = Annotated[str, Field(min_length=1, max_length=32)]
Seconds = Annotated[float, Field(ge=0, le=32_503_680_000)]
"""POSIX seconds up to the year 3000: what a datetime can hold."""
RECORDING_BASE = r"recordings/[0-9a-z]{1,32}-(\d{1,4})"
"""The name of one talk's recording, without the endings of its two files. The group is the talk's number, from 1."""

Target = Annotated[str, Field(pattern=r"^([0-9]{2,6}|\+[0-9]{7,15}|voicemail)?$")]

_kept_whole = with_config(extra="allow")
"""These parts go into the database as they are, with fields that only a newer engine knows."""


@_kept_whole
class LegRecord(TypedDict, total=False):
    """A party of a call. `kind`: `caller`, `agent`, `member`, `number` or `room`. `outcome`: `answered`, or why it was
    not answered."""

    kind: str
    agent: str | None
    member: str
    number: str | None
    queue: str | None
    offered_at: float
    rang_at: float | None
    answered_at: float | None
    ended_at: float | None
    outcome: str
    recording: str | None
    more_recordings: list[str]
    recorded: list[dict[str, float]]
    pauses: list[dict[str, float]]


class StayRecord(TypedDict):
    """A caller's stay in one queue. `routing.records.StayRecord` says what each field means."""

    call: RowId
    number: int
    queue: RowId
    joined_at: Seconds
    left_at: Seconds | None
    outcome: Annotated[str, Field(max_length=20)]
    wait: float
    exit: str
    passed_to: str
    agent: RowId | None
    talk: float
    callback: RowId | None
    last_call: RowId


@_kept_whole
class PathStep(TypedDict, total=False):
    """A block that the call went through, and the exit by which it left (None for the last block)."""

    block: str
    type: str
    at: float
    exit: str | None
    reason: str


class Record(Message):
    model_config = ConfigDict(allow_inf_nan=False)


class CallRecord(Record):
    """A finished call; exactly one for each call. `routing.records.CallRecord` says what each field means."""

    id: RowId
    team: RowId | None
    direction: str = "inbound"
    caller: str = ""
    caller_name: str = ""
    did: str = ""
    number: RowId | None = None
    route: RowId | None = None
    route_version: int | None = None
    queue: RowId | None = None
    agent: RowId | None = None
    started_at: Seconds
    queued_at: Seconds | None = None
    answered_at: Seconds | None = None
    ended_at: Seconds
    wait: float = 0.0
    talk: float = 0.0
    disposition: str
    hangup_cause: int = 0
    ended_by: str = ""
    path: list[PathStep] = Field(default_factory=list)
    legs: list[LegRecord] = Field(default_factory=list)
    stays: list[StayRecord] = Field(default_factory=list)
    recordings: list[Annotated[str, Field(pattern=f"^{RECORDING_BASE}$")]] = Field(default_factory=list)
    decisions: list[dict[str, Any]] = Field(default_factory=list)
    tags: list[str] = Field(default_factory=list)
    language: str = Field(default="", max_length=20)
    conference: RowId | None = None
    callback: RowId | None = None
    callback_of: RowId | None = None


class CallbackStayRecord(Record):
    """The stay of a callback that ended without a call: no one was reached, or the customer had called in."""

    team: RowId | None
    stay: StayRecord


class WorkRecord(Record):
    """A conversation changed hands. `routing.records.WorkRecord` says what each field means."""

    item: RowId
    team: RowId
    queue: RowId
    state: Literal["waiting", "accepted", "closed"]
    agent: RowId | None = None
    at: Seconds
    stays: list[StayRecord] = Field(default_factory=list)
    decisions: list[dict[str, Any]] = Field(default_factory=list)


class WorkOfferRecord(Record):
    """A conversation is offered to the agent until then. `until` None: it is not offered to them any more."""

    item: RowId
    team: RowId
    agent: RowId
    queue: RowId | None = None
    until: Seconds | None = None


class VoicemailRecord(Record):
    """A message was left. `mailbox_kind` `call`: it belongs to its call alone. `file` is relative to the spool."""

    call: RowId
    team: RowId | None
    mailbox_kind: Literal["team", "queue", "department", "user", "call"]
    mailbox: RowId
    caller: str = ""
    caller_name: str = ""
    did: str = ""
    file: Annotated[str, Field(pattern=r"^voicemail/[0-9A-Za-z_.-]{1,150}\.wav$")]
    seconds: float = 0.0
    created_at: Seconds


class MailboxRecord(Record):
    """What somebody did in a mailbox by phone. `routing.records.MailboxRecord` says what each field means."""

    call: RowId
    team: RowId
    mailbox_kind: Literal["team", "queue", "department", "user"]
    mailbox: RowId
    user: RowId | None = None
    action: Literal["read", "save", "delete", "greeting", "remove-greeting", "pin"]
    at: Seconds
    voicemail: RowId | None = None
    greeting: Literal["unavailable", "busy", "temporary", "name"] | None = None
    file: Annotated[str, Field(pattern=r"^greetings/[0-9A-Za-z_.-]{1,150}\.wav$")] | None = None
    pin_hash: Annotated[str, Field(max_length=200)] | None = None


class WrapUpRecord(Record):
    """An agent's wrap-up after this call, or after their part of it, ended after so many `seconds`.

    One who talks in a call again has another. `began_at` 0: an engine of an earlier release wrote it.
    """

    call: RowId
    agent: RowId | None = None
    team: RowId
    began_at: float = 0.0
    seconds: float


class SpellRecord(Record):
    """An agent's overall status was `status` from `began_at` to `ended_at`."""

    agent: RowId
    team: RowId
    status: Annotated[str, Field(max_length=20)]
    reason: str = ""
    began_at: Seconds
    ended_at: Seconds


class SettingsChanges(Message):
    """Settings of a member that a feature code changed. A target is an extension, a number (E.164), `voicemail`, or
    empty: no forwarding. `routing.config.UserConfig` says what each field means."""

    do_not_disturb: bool | None = None
    forward: Target | None = None
    forward_busy: Target | None = None
    forward_no_answer: Target | None = None
    forward_unregistered: Target | None = None


class SettingsRecord(Record):
    """A member (`member`: the membership) changed their settings by phone, in the call `call`."""

    call: RowId
    team: RowId
    member: RowId
    changes: SettingsChanges
    at: Seconds


class NotificationRecord(Record):
    """What a route tells a person or a server. `id` is that of its outbox row, so that it is sent once."""

    call: RowId
    team: RowId
    kind: Literal["email", "webhook", "chat"]
    to: Annotated[str, Field(max_length=2000)]
    subject: Annotated[str, Field(max_length=500)] = ""
    text: Annotated[str, Field(max_length=20_000)] = ""
    id: Id
    at: Seconds


class CallEntry(Message):
    """`node`: the Asterisk node on whose disk the files are."""

    type: Literal["call"] = "call"
    record: CallRecord
    node: str = Field(default="", max_length=20)


class StayEntry(Message):
    type: Literal["stay"] = "stay"
    record: CallbackStayRecord
    node: str = ""


class WorkEntry(Message):
    type: Literal["work"] = "work"
    record: WorkRecord
    node: str = ""


class WorkOfferEntry(Message):
    type: Literal["work-offer"] = "work-offer"
    record: WorkOfferRecord
    node: str = ""


class VoicemailEntry(Message):
    """`node`: the Asterisk node on whose disk the file is."""

    type: Literal["voicemail"] = "voicemail"
    record: VoicemailRecord
    node: str = Field(default="", max_length=20)


class MailboxEntry(Message):
    """`node`: the Asterisk node on whose disk a greeting is."""

    type: Literal["mailbox"] = "mailbox"
    record: MailboxRecord
    node: str = Field(default="", max_length=20)


class WrapUpEntry(Message):
    type: Literal["wrap-up"] = "wrap-up"
    record: WrapUpRecord
    node: str = ""


class SettingsEntry(Message):
    type: Literal["settings"] = "settings"
    record: SettingsRecord
    node: str = ""


class SpellEntry(Message):
    type: Literal["spell"] = "spell"
    record: SpellRecord
    node: str = ""


class NotifyEntry(Message):
    type: Literal["notify"] = "notify"
    record: NotificationRecord
    node: str = ""


Entry = (
    CallEntry
    | StayEntry
    | WorkEntry
    | WorkOfferEntry
    | VoicemailEntry
    | MailboxEntry
    | WrapUpEntry
    | SettingsEntry
    | SpellEntry
    | NotifyEntry
)
_ENTRY: TypeAdapter[Entry] = TypeAdapter(Annotated[Entry, Field(discriminator="type")])


def parse_entry(body: str | bytes) -> Entry:
    """Read an entry's `body`. Raises ValueError (pydantic's ValidationError) if it has no known shape."""
    return _ENTRY.validate_json(body)
