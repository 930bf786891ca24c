"""What happened: the input of `Engine.handle`. Past tense, immutable; the time comes beside the event.

`pbx` makes these from AMI events, api messages and timers. Tests and replay make them directly.
"""

from dataclasses import field
from enum import StrEnum
from typing import get_args

from routing.config import ConfigItem, SkillNeed
from routing.enum_members import quick_members
from routing.frozen import dataclass
from routing.ids import AgentId, CallId, MemberId, QueueId, RoomId, TeamId, TimerId, UserId
from routing.rooms import RoomAction, RoomEntry


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
class CallTurnedAway:
    """A caller dialled a number whose calls a full node refuses without asking, since the core has just refused one."""

    call: CallId
    did: str
    """This and what follows: as in `CallEntered`."""
    caller: str
    caller_name: str = ""
    customer: str = ""


@dataclass(frozen=True, slots=True)
class PhoneCallEntered:
    """A member's phone dialled an extension or a telephone number. If no command comes in time, the dialplan rings the
    extension itself. It never dials a telephone number by itself."""

    call: CallId
    phone: str
    """The SIP account that calls."""
    dialled: str
    caller_name: str = ""
    load: float = 0.0
    """As in `CallEntered`."""
    rings: bool = False
    """It rings already: the extension, by the dialplan, or what an engine before this one has dialled."""
    number: str = ""
    """The telephone number (E.164) that these digits mean in the team's country; empty: they mean none."""
    emergency: bool = False
    """The dialplan dials an emergency number. The core only watches."""


@dataclass(frozen=True, slots=True)
class CallPlaced:
    """A member asked for a call (click to call): their own phone is rung first, then what they want to call."""

    call: CallId
    """The new call's id."""
    member: MemberId
    dialled: str
    number: str = ""
    """As in `PhoneCallEntered`."""


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
class StoredMessage:
    """A voicemail in a mailbox."""

    id: str
    caller: str
    """The caller's number or extension; empty if withheld."""
    created_at: float
    heard: bool = False


@dataclass(frozen=True, slots=True)
class MailboxRead:
    """A `ReadMailbox` ended. `messages`: those that were not heard, then the others, each the oldest first."""

    call: CallId
    token: int
    messages: tuple[StoredMessage, ...] = ()
    ok: bool = True


@dataclass(frozen=True, slots=True)
class PinChecked:
    """A `CheckPin` or `SetPin` ended. `problem`: empty (the PIN is right, or is changed), `wrong`, `mismatch` (the two
    new ones differ), `weak` (the new one is easy to guess) or `away` (it could not be done)."""

    call: CallId
    token: int
    problem: str = ""


@dataclass(frozen=True, slots=True)
class RoomFound:
    """A `FindRoom` ended. `entry` None: the number or the PIN is wrong, or nothing could be looked up."""

    call: CallId
    token: int
    entry: RoomEntry | None = None


@dataclass(frozen=True, slots=True)
class ConferenceJoined:
    call: CallId


@dataclass(frozen=True, slots=True)
class RoomKeyPressed:
    """A caller who is in a conference pressed a digit."""

    call: CallId
    digit: str


@dataclass(frozen=True, slots=True)
class ParticipantTalked:
    """A caller in a conference began to speak, or has stopped."""

    call: CallId
    talking: bool


@dataclass(frozen=True, slots=True)
class ParticipantMuted:
    """The others in the conference do not hear the caller any more, or hear them again."""

    call: CallId
    muted: bool


@dataclass(frozen=True, slots=True)
class RoomChangeRequested:
    """Something is asked of a live conference. `participant` names whom `mute`, `unmute` and `kick` are about.

    Without it, `mute` and `unmute` are about all who are no moderators.
    """

    team: TeamId
    room: RoomId
    action: RoomAction
    participant: CallId | None = None
    by: UserId | None = None


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


@quick_members
class Side(StrEnum):
    """Who of a talk: the call's own channel, or the party whom it talks to."""

    CALLER = "caller"
    PARTY = "party"


@quick_members
class Supervision(StrEnum):
    """How a supervisor takes part in a talk."""

    MONITOR = "monitor"
    """They hear both sides; no one hears them."""
    WHISPER = "whisper"
    """The agent alone hears them."""
    BARGE = "barge"
    """Both sides hear them."""


SUPERVISIONS = frozenset(mode.value for mode in Supervision)


@dataclass(frozen=True, slots=True)
class PhoneHeld:
    """A telephone of the talk put it on hold (`held`), or took it back. Asterisk plays the music to the other side."""

    call: CallId
    side: Side
    held: bool


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


@quick_members
class PhoneUse(StrEnum):
    IDLE = "idle"
    RINGING = "ringing"
    TALKING = "talking"


@dataclass(frozen=True, slots=True)
class PhoneUsed:
    """What all telephones of a SIP account do together, in calls of any kind. Asterisk itself says so."""

    phone: str
    use: PhoneUse


@dataclass(frozen=True, slots=True)
class HangUpRequested:
    call: CallId
    by: UserId | None = None


@dataclass(frozen=True, slots=True)
class HoldRequested:
    """A person asks that both sides of the talk hear music."""

    call: CallId
    by: UserId | None = None


@dataclass(frozen=True, slots=True)
class UnholdRequested:
    """A person asks that a held call becomes a talk again."""

    call: CallId
    by: UserId | None = None


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a call may be sent. `id`: of the `agent` or `queue`; the digits of an `extension`; the `number` (E.164);
    the owner of the mailbox of a `voicemail`, which is a `mailbox` of a `user`, a `queue` or a `team`."""

    kind: str
    id: str
    mailbox: str = ""


@dataclass(frozen=True, slots=True)
class TransferRequested:
    """A person asks that the other side of a talk is sent on. A caller who is `by` sends on whom they called."""

    call: CallId
    to: Destination
    by: UserId | None = None


@dataclass(frozen=True, slots=True)
class ParkRequested:
    """A person asks that the other side of a talk waits in a slot; as `TransferRequested`."""

    call: CallId
    by: UserId | None = None


class Wanted(StrEnum):
    """What a person wants of the recording of their talk."""

    ON = "on"
    """It begins, or goes on."""
    PAUSED = "paused"
    """It is silent."""
    OFF = "off"
    """It ends, if it was asked for. What the policy records goes on."""
    CHANGED = "changed"
    """It begins, is silent, or goes on: what it does not do now. They pressed a key, and `AnswerKey` tells them."""


@dataclass(frozen=True, slots=True)
class RecordingRequested:
    """A person asks that the talk is recorded, or that the recording is silent, or ends."""

    call: CallId
    wanted: Wanted
    by: UserId | None = None


@dataclass(frozen=True, slots=True)
class ConsultRequested:
    """A person asks that one side of a talk calls someone else, while the other side hears music. A caller who is `by`
    consults; in every other case it is the party whom the caller talks to."""

    call: CallId
    to: Destination
    by: UserId | None = None


@dataclass(frozen=True, slots=True)
class ConsultCompleted:
    """A person asks that whoever hears music talks to whom the other side has called meanwhile."""

    call: CallId
    by: UserId | None = None


@dataclass(frozen=True, slots=True)
class ConsultJoined:
    """A person asks that whoever hears music, the other side, and whom that one has called talk together."""

    call: CallId
    by: UserId | None = None


@dataclass(frozen=True, slots=True)
class LeaveRequested:
    """A person leaves a talk of three."""

    call: CallId
    by: UserId


@dataclass(frozen=True, slots=True)
class ThirdLeft:
    """The party that was joined to a talk is gone, and the others talk on. `cause` (Q.850) is its channel's."""

    call: CallId
    cause: int = 16


@dataclass(frozen=True, slots=True)
class ConsultEnded:
    """A person asks that the two sides talk again, and that who was called meanwhile is let go."""

    call: CallId
    by: UserId | None = None


@dataclass(frozen=True, slots=True)
class ConsultBegan:
    """The phone of a `Consult` is under our control, as the call `call` of its own. The talk of `of` is held."""

    call: CallId
    of: CallId


@dataclass(frozen=True, slots=True)
class PullRequested:
    """A member asks that their talk goes on at another of their telephones, which is rung as the call `by_call`.

    `phone`: the SIP account to ring; empty: the member's.
    """

    call: CallId
    by: UserId
    by_call: CallId
    phone: str = ""


@dataclass(frozen=True, slots=True)
class DetachRequested:
    """A member's telephone goes away, and its talk waits for another one of theirs: the browser is loaded again."""

    call: CallId
    by: UserId


@dataclass(frozen=True, slots=True)
class PickUpRequested:
    """A member asks to answer a call that rings someone else. Their own phone is rung for it, as the call `by_call`."""

    call: CallId
    by: UserId
    by_call: CallId


@dataclass(frozen=True, slots=True)
class SuperviseRequested:
    """A supervisor asks to hear a talk. Their own phone is rung for it, as the call `by_call`; or the mode of one who
    hears it already changes."""

    call: CallId
    mode: Supervision
    by: UserId
    by_call: CallId


@dataclass(frozen=True, slots=True)
class MuteRequested:
    """A person asks not to be heard any more in their talk, or to be heard again. Who is meant by `by`: as in
    `ConsultRequested`."""

    call: CallId
    muted: bool
    by: UserId | None = None


@dataclass(frozen=True, slots=True)
class DigitsRequested:
    """A person asks that the other side of their talk hears these digits (DTMF), `[0-9A-D*#]`."""

    call: CallId
    digits: str
    by: UserId | None = None


@dataclass(frozen=True, slots=True)
class CallReferred:
    """A telephone sent the other side of its talk on (SIP REFER). That one's channel is under our control, and is the
    call's own from now on. `dialled`: where to, as the telephone wrote it, `[0-9*+]`."""

    call: CallId
    dialled: str
    number: str = ""
    """As in `PhoneCallEntered`."""
    handed_over: bool = False
    """It was the caller who sent on whom they called."""


@dataclass(frozen=True, slots=True)
class CallsJoined:
    """A telephone that was a side of two talks has connected the other sides (SIP REFER with Replaces).

    The call `other` is over. Its other side is a leg of `call` now.
    """

    call: CallId
    other: CallId
    agent: AgentId | None = None
    """The agent who is that leg, if one was offered `other`."""
    handed_over: bool = False
    """As in `CallReferred`: of `call`."""
    called: bool = False
    """Who is the new leg had called, in `other`."""


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
    HELD = "held"
    """On music; the other side of the talk is there, and hears music too."""
    SUPERVISING = "supervising"
    """A supervisor's phone hears another call."""


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
    number: str = ""
    """As in `PhoneCallEntered`, and so is `emergency`."""
    emergency: bool = False
    room: RoomId | None = None
    """The conference room in which the caller is."""
    muted: bool = False
    """Whether the others in the room do not hear the caller."""
    consult_of: CallId | None = None
    """The held call of which this is a consultation."""
    talks_with: str = ""
    """The SIP account of the phone to which the caller talks, if it is one of ours."""
    third: str | None = None
    """The same of who was joined to the talk. None: no one was."""


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
    uses: tuple[PhoneUsed, ...] = ()
    """Every phone that is not idle; one that is not listed is."""


@dataclass(frozen=True, slots=True)
class WorkEntered:
    """A conversation waits in a queue for an agent, as the work item `item`. An item that is known already is not
    entered again. After a start without a snapshot, the items that the database has enter again."""

    item: CallId
    team: TeamId
    queue: QueueId
    customer: str = ""
    """By which the contact is recognized; empty: not at all."""
    needs: tuple[SkillNeed, ...] = ()
    priority: int = 0
    preferred: AgentId | None = None
    """Who gets the conversation first, if they serve the queue."""
    since: float | None = None
    """When it entered (POSIX seconds); None: now."""
    agent: AgentId | None = None
    """Who has accepted it already."""
    stays: int = 0
    """How many of its stays in queues are written down."""


@dataclass(frozen=True, slots=True)
class WorkAccepted:
    """The agent takes the conversation that they are offered. An offer that is over is not taken any more."""

    item: CallId
    agent: AgentId


@dataclass(frozen=True, slots=True)
class WorkDeclined:
    """The agent does not take the conversation that they are offered."""

    item: CallId
    agent: AgentId


@dataclass(frozen=True, slots=True)
class WorkTransferred:
    """A person gives the conversation to an `agent`, who has it at once, or to a `queue`."""

    item: CallId
    to: Destination
    by: UserId | None = None


@dataclass(frozen=True, slots=True)
class WorkClosed:
    """The conversation needs no agent any more."""

    item: CallId


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
    | CallTurnedAway
    | PhoneCallEntered
    | CallPlaced
    | CallHungUp
    | CallerHangingUp
    | DigitPressed
    | PlaybackFinished
    | MessageRecorded
    | SpeechHeard
    | UrlFetched
    | ContactFound
    | MailboxRead
    | PinChecked
    | RoomFound
    | ConferenceJoined
    | RoomKeyPressed
    | ParticipantTalked
    | ParticipantMuted
    | RoomChangeRequested
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
    | ThirdLeft
    | PhoneHeld
    | CallReturned
    | CommandFailed
    | AgentStatusSet
    | PhoneStateChanged
    | PhoneUsed
    | HangUpRequested
    | HoldRequested
    | UnholdRequested
    | TransferRequested
    | ParkRequested
    | RecordingRequested
    | ConsultRequested
    | ConsultCompleted
    | ConsultJoined
    | ConsultEnded
    | ConsultBegan
    | PullRequested
    | DetachRequested
    | LeaveRequested
    | PickUpRequested
    | SuperviseRequested
    | MuteRequested
    | DigitsRequested
    | CallReferred
    | CallsJoined
    | TimerFired
    | ConfigChanged
    | WorkEntered
    | WorkAccepted
    | WorkDeclined
    | WorkTransferred
    | WorkClosed
    | StaysCounted
    | StateResynced
)

Entrance = CallEntered | CallTurnedAway | PhoneCallEntered | CallbackAnswered | ConsultBegan
"""What brings a caller's channel: from then on the call lives on the node that told it."""
EVENTS: tuple[type[Event], ...] = get_args(Event)
"""Every class of event."""
