"""The shapes of what the core writes down when something has ended. Times are POSIX seconds."""

from typing import Any, NotRequired, TypedDict


class LegRecord(TypedDict):
    """A party of a call. `outcome` is `answered` or a `LegFailure`; empty for a caller."""

    kind: str
    """`caller` (a member whose phone called), `agent`, `member` (of an extension), `number` (an outside line) or `room`
    (a conference in which the caller was)."""
    agent: str | None
    number: str | None
    queue: str | None
    offered_at: float
    rang_at: float | None
    answered_at: float | None
    ended_at: float | None
    outcome: str
    recording: str | None
    """The file base of this talk's recording. None: it was not recorded."""
    more_recordings: NotRequired[list[str]]
    """File bases of the same talk that began later: at another telephone of the party, or when someone asked again."""
    recorded: NotRequired[list[dict[str, float]]]
    """When the recordings ran, if someone asked for them: `begun_at`, `ended_at`. Missing: the whole talk, or never."""
    pauses: NotRequired[list[dict[str, float]]]
    """When the recording is silent, because someone asked for it: `begun_at`, `ended_at`. Missing: never."""
    member: NotRequired[str]
    """The membership of the user whose phone it is, for a `caller` and a `member`."""


class StayRecord(TypedDict):
    """A caller's stay in one queue. `call` and `number` name it: the call in which it began, and the number of the stay
    in that call, from 1.

    A stay that goes on with a callback is written twice: when the call ends, with `outcome` `waiting`, and when the
    callback is over.
    """

    call: str
    number: int
    queue: str
    joined_at: float
    left_at: float | None
    outcome: str
    """A `routing.figures.Outcome`."""
    wait: float
    """Seconds on the line in this queue, in tenths."""
    exit: str
    """The exit of the block `queue` by which the caller left or was turned away, for example `timeout`, or a digit.
    `failed`: the route failed. `called-in`: the customer of the callback called in, and was served."""
    passed_to: str
    """The type of the block to which the call was passed on."""
    agent: str | None
    talk: float
    callback: str | None
    last_call: str
    """The call in which the stay ended: the same, or the attempt of the callback."""


class WorkRecord(TypedDict):
    """A conversation that changed hands. `state`: `waiting` (in `queue`), `accepted` (by `agent`) or `closed`.

    `stays`: those that began or changed since the last record of this item; their `call` and `last_call` are the item.
    """

    item: str
    team: str
    queue: str
    state: str
    agent: str | None
    at: float
    stays: list[StayRecord]
    decisions: list[dict[str, Any]]
    """See `routing.state.Decision`; the first 100."""


class PathStep(TypedDict):
    """A block that the call went through, and the exit by which the call left (None for the last)."""

    block: str
    type: str
    at: float
    exit: str | None
    reason: NotRequired[str]
    """Why the block did not do what it is for, for example `outbound: country`. Missing: it did."""


class CallRecord(TypedDict):
    """`direction`: inbound, callback (we rang the customer), internal (a member called an extension; `caller` and
    `did` are extensions), or outgoing (a member called a telephone number; `caller` is the extension),
    or emergency (the same of an emergency number). `disposition`:
    answered, abandoned, voicemail, callback (the caller asked for one), overflowed, failed, not_in_service, refused
    (too many calls), missed (the called party did not answer), denied (the rule of calls to the telephone network),
    completed (the route ended the call without an agent). `wait` and `talk` are seconds. `recording` is the file base,
    or None."""

    id: str
    team: str | None
    direction: str
    caller: str
    caller_name: str
    did: str
    number: str | None
    route: str | None
    route_version: int | None
    queue: str | None
    agent: str | None
    started_at: float
    queued_at: float | None
    answered_at: float | None
    ended_at: float
    wait: float
    talk: float
    disposition: str
    hangup_cause: int
    ended_by: str
    """`caller`, `agent` (or an outside line), `system`, `media` (the caller's audio was lost) or `agent-lost` (that
    of the agent or the outside line was)."""
    path: list[PathStep]
    legs: list[LegRecord]
    stays: list[StayRecord]
    recordings: list[str]
    """File bases, one for each talk; each has `<base>.agent.wav` and `<base>.caller.wav` in the spool."""
    decisions: list[dict[str, Any]]
    """See `routing.state.Decision`."""
    tags: list[str]
    language: str
    conference: str | None
    """The chat in whose conference the caller was."""
    callback: str | None
    """The callback that the caller asked for in this call; later attempts carry it as `callback_of`."""
    callback_of: str | None


class MailboxRecord(TypedDict):
    """What somebody did in a mailbox by phone. `action`: `read`, `save` or `delete` (of the message `voicemail`),
    `greeting` (recorded as `file`, relative to the spool, with its ending), `remove-greeting`, or `pin` (its hash)."""

    call: str
    team: str
    mailbox_kind: str
    mailbox: str
    user: str | None
    """Who called from their own phone; None: it was not a member's phone."""
    action: str
    at: float
    voicemail: NotRequired[str]
    greeting: NotRequired[str]
    """`unavailable`, `busy` or `temporary`."""
    file: NotRequired[str]
    pin_hash: NotRequired[str]


class VoicemailRecord(TypedDict):
    """`mailbox_kind`: team, queue, department, user, or call (a block `record`: it belongs to its call alone). `file`
    is relative to the spool, with its ending."""

    call: str
    team: str
    mailbox_kind: str
    mailbox: str
    caller: str
    caller_name: str
    did: str
    file: str
    seconds: float
    created_at: float


class SettingsRecord(TypedDict):
    """A member changed settings of their own by a feature code. `changes`: fields of `routing.config.UserConfig` and
    their new values. `call`: in which they dialled the code."""

    call: str
    team: str
    member: str
    changes: dict[str, Any]
    at: float
