"""What happened: the input of `Engine.handle`. Past tense, immutable; the time comes beside the event.

`pbx` makes these from AMI events, api messages and timers. Tests and replay make them directly.
"""

from dataclasses import field
from enum import StrEnum
from typing import get_args

from routing.config import ConfigItem
from routing.enum_members import quick_members
from routing.frozen import dataclass
from routing.ids import AgentId, CallId, QueueId, TimerId, UserId


@quick_members
class AgentStatus(StrEnum):
    """What an agent (or a manager) sets. The engine derives `Ringing`, `OnCall` and `WrapUp` itself."""

    AVAILABLE = "Available"
    UNAVAILABLE = "Unavailable"
    AWAY = "Away"
    BREAK = "Break"
    OFFLINE = "Offline"


@quick_members
class LegFailure(StrEnum):
    """Why a rung phone (an offer) or an outside line did not answer."""

    NO_ANSWER = "no-answer"
    BUSY = "busy"
    REJECTED = "rejected"
    UNREACHABLE = "unreachable"
    WITHDRAWN = "withdrawn"
    """We hung up the ringing leg ourselves, or another phone of the same offer answered."""
    CALLER_GONE = "caller-gone"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class CallEntered:
    """A caller dialled one of our numbers; the channel is under our control and not yet answered."""

    call: CallId
    did: str
    """As dialled, normalized to E.164 where that is possible (`+14165550100`), else the digits as they came."""
    caller: str
    """Caller's number, E.164 where possible; empty if withheld."""
    caller_name: str = ""
    customer: str = ""
    """What all spellings of the caller's number have in common; empty: the number itself."""
    load: float = 0.0
    """The calls that its node carried before this one, in shares of what it can carry now; 0: nothing is known."""


@dataclass(frozen=True, slots=True)
class PhoneCallEntered:
    """A member's phone dialled an extension. If no command comes in time, the dialplan rings the extension itself."""

    call: CallId
    phone: str
    """The SIP account that calls."""
    dialled: str
    caller_name: str = ""
    load: float = 0.0
    """As in `CallEntered`."""
    rings: bool = False
    """The dialplan rings the extension already."""


@dataclass(frozen=True, slots=True)
class CallHungUp:
    """The caller's own channel is gone (ended by either side). Legal in every state. `cause` is Q.850."""

    call: CallId
    cause: int = 16


@dataclass(frozen=True, slots=True)
class CallerHangingUp:
    """The caller hung up: the channel and every leg go now, in any order. `CallHungUp` follows."""

    call: CallId


@dataclass(frozen=True, slots=True)
class DigitPressed:
    call: CallId
    digit: str


@dataclass(frozen=True, slots=True)
class PlaybackFinished:
    """A `Play` came to its end or was stopped. `token` is the command's; a stale one is ignored."""

    call: CallId
    token: int
    ok: bool = True


@dataclass(frozen=True, slots=True)
class MessageRecorded:
    """A `RecordMessage` ended while the caller is still there. `file` is relative to the node's spool."""

    call: CallId
    token: int
    file: str
    seconds: float


@dataclass(frozen=True, slots=True)
class SpeechHeard:
    """A `Listen` ended: the phrase that was recognized; empty: none of them, or nothing was said."""

    call: CallId
    token: int
    phrase: str = ""


@dataclass(frozen=True, slots=True)
class UrlFetched:
    """A `FetchUrl` ended. `ok`: a 2xx reply came in time and within its size; `values` are the texts of those paths
    that were found in it."""

    call: CallId
    token: int
    ok: bool
    status: int = 0
    values: dict[str, str] = field(default_factory=dict)
    error: str = ""
    """Why not, for the log: `timeout`, `refused address`, `too large`, `not json` ..."""


@dataclass(frozen=True, slots=True)
class ContactFound:
    """A `FindContact` ended. `attributes` None: no contact has the number, or they could not be looked up."""

    call: CallId
    token: int
    attributes: dict[str, str] | None = None


@dataclass(frozen=True, slots=True)
class ConferenceJoined:
    call: CallId


@dataclass(frozen=True, slots=True)
class CallbackAnswered:
    """The customer of a `LaunchCallback` answered. Their channel is under our control."""

    call: CallId


@dataclass(frozen=True, slots=True)
class CallbackFailed:
    """The customer did not answer; there is no channel."""

    call: CallId
    reason: LegFailure


@dataclass(frozen=True, slots=True)
class PhoneRang:
    """The agent's phone rings (SIP 180) for this call's offer."""

    call: CallId
    agent: AgentId


@dataclass(frozen=True, slots=True)
class AgentAnswered:
    """The agent's leg is up and being connected to the caller."""

    call: CallId
    agent: AgentId


@dataclass(frozen=True, slots=True)
class OfferFailed:
    """One phone of an offer is no longer rung and did not answer."""

    call: CallId
    agent: AgentId
    reason: LegFailure


@dataclass(frozen=True, slots=True)
class AgentLegEnded:
    """The agent's leg, which had answered, is gone. Either side may have hung up. The phone is free."""

    call: CallId
    agent: AgentId
    cause: int = 16
    """Q.850."""


@dataclass(frozen=True, slots=True)
class PartyRang:
    """A phone of the called party rings. (Outside lines do not tell it.)"""

    call: CallId


@dataclass(frozen=True, slots=True)
class PartyAnswered:
    """The called party answered: the outside line of a `DialOut`, or the colleague of a `RingExtension`."""

    call: CallId


@dataclass(frozen=True, slots=True)
class PartyFailed:
    call: CallId
    reason: LegFailure


@dataclass(frozen=True, slots=True)
class PartyLegEnded:
    """The called party, who had answered, is gone. Either side may have hung up."""

    call: CallId
    cause: int = 16
    """Q.850."""


@dataclass(frozen=True, slots=True)
class CallReturned:
    """After an offer, a talk or an outside line, the caller's channel is under our control again."""

    call: CallId


@dataclass(frozen=True, slots=True)
class CommandFailed:
    """Asterisk refused a command for this call, or did not answer it in time."""

    call: CallId
    command: str
    message: str


@dataclass(frozen=True, slots=True)
class AgentStatusSet:
    """`queue` None means overall; a per-queue status holds for that queue only."""

    agent: AgentId
    status: AgentStatus
    queue: QueueId | None = None
    reason: str = ""
    by: UserId | None = None


@dataclass(frozen=True, slots=True)
class PhoneStateChanged:
    """`registered`: some contact is reachable. `busy`: the phone is in a call that we did not offer."""

    phone: str
    registered: bool
    busy: bool = False


@dataclass(frozen=True, slots=True)
class HangUpRequested:
    call: CallId
    by: UserId | None = None


@dataclass(frozen=True, slots=True)
class TimerFired:
    timer: TimerId


@dataclass(frozen=True, slots=True)
class ConfigChanged:
    """`items` replace what has the same id; `removed` are ids of any kind."""

    items: tuple[ConfigItem, ...] = ()
    removed: tuple[str, ...] = ()


class LivePhase(StrEnum):
    """Where a live caller's channel is, as Asterisk sees it."""

    CONTROLLED = "controlled"
    """In AsyncAGI: waiting for our commands."""
    DIALING = "dialing"
    """In Dial; no phone has answered."""
    TALKING = "talking"
    CONFERENCE = "conference"
    CALLING = "calling"
    """A callback's customer is rung: the channel is not answered yet."""


@dataclass(frozen=True, slots=True)
class LiveCall:
    call: CallId
    phase: LivePhase
    did: str
    caller: str
    caller_name: str = ""
    customer: str = ""
    entered_at: float = 0.0
    agent: AgentId | None = None
    """The agent to whom the caller talks, if it is one of ours."""
    ringing: tuple[AgentId, ...] = ()
    phone: str = ""
    """The SIP account of a member who calls the extension `did`; empty: any other call."""


@dataclass(frozen=True, slots=True)
class StateResynced:
    """All live calls of the nodes in question, after a start or a reconnect. What Asterisk says wins over memory.

    A known call that is not listed has hung up. A listed call that is not known enters. Every other call is brought
    to its `phase`.
    """

    calls: tuple[LiveCall, ...]
    phones: tuple[PhoneStateChanged, ...] = ()
    """Every registered phone; a phone that is not listed is not registered."""
    lost_calls: tuple[CallId, ...] | None = None
    """None: any known call that is not listed is gone. Else only these are (one node of several resynced)."""


@dataclass(frozen=True, slots=True)
class StaysCounted:
    """The stays in the queue that began today and have a record. An engine that has no figures of today takes them
    over: it has started without a snapshot, or with one of an older version. Any other engine ignores the event."""

    queue: QueueId
    since: float
    """The local midnight of the queue's team (POSIX seconds)."""
    stays: tuple[tuple[str, float, bool, int, float, float], ...]
    """Outcome, wait and callback of stays that are alike; how many they are, their talk and their wrap-up (s)."""


Event = (
    CallEntered
    | PhoneCallEntered
    | CallHungUp
    | CallerHangingUp
    | DigitPressed
    | PlaybackFinished
    | MessageRecorded
    | SpeechHeard
    | UrlFetched
    | ContactFound
    | ConferenceJoined
    | CallbackAnswered
    | CallbackFailed
    | PhoneRang
    | AgentAnswered
    | OfferFailed
    | AgentLegEnded
    | PartyRang
    | PartyAnswered
    | PartyFailed
    | PartyLegEnded
    | CallReturned
    | CommandFailed
    | AgentStatusSet
    | PhoneStateChanged
    | HangUpRequested
    | TimerFired
    | ConfigChanged
    | StaysCounted
    | StateResynced
)

Entrance = CallEntered | PhoneCallEntered | CallbackAnswered
"""What brings a caller's channel: from then on the call lives on the node that told it."""
EVENTS: tuple[type[Event], ...] = get_args(Event)
"""Every class of event."""
