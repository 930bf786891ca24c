"""What to do: the output of `Engine.handle`. Imperative, immutable. `pbx` carries them out in order."""

from enum import StrEnum
from typing import Any, get_args

from routing.frozen import dataclass
from routing.ids import AgentId, CallId, QueueId, RoomId, TeamId, TimerId, UserId
from routing.rooms import Announce


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer the caller's channel (a second time does nothing)."""

    call: CallId


@dataclass(frozen=True, slots=True)
class Prompt:
    """A text to be spoken. `sound` is the name under which it can be played once it is synthesized:
    `prompts/<digest of the other three>`."""

    sound: str
    text: str
    language: str
    """`en`, `de`, `fr-ca` ..."""
    voice: str = ""
    """A voice of the text-to-speech service; empty: its default for the language."""


@dataclass(frozen=True, slots=True)
class Play:
    """Play sounds one after another. Ends with `PlaybackFinished(token)`, also when stopped.

    `sounds` are names of the sound library, `[a-z0-9/_-]{1,80}` each, without language or ending; those that
    `prompts` names are synthesized first unless they are there already. `messages/<id>` is a voicemail, which is
    fetched first; `greetings/...` what a `RecordMessage` of the same call has recorded.
    """

    call: CallId
    token: int
    sounds: tuple[str, ...]
    prompts: tuple[Prompt, ...] = ()


@dataclass(frozen=True, slots=True)
class StopPlay:
    """End the running `Play` now. Nothing happens if none runs."""

    call: CallId


@dataclass(frozen=True, slots=True)
class StartMusic:
    call: CallId
    music: str


@dataclass(frozen=True, slots=True)
class OfferCall:
    """Ring the phones of `agents`, all at once, for `timeout` seconds, with the caller on music.

    Each agent's outcome comes as `AgentAnswered` or `OfferFailed`; at the end `CallReturned`, unless the
    caller hung up. `recording` names the file (relative to the spool, without leg and ending) to record to.
    """

    call: CallId
    agents: tuple[AgentId, ...]
    phones: tuple[str, ...]
    timeout: float
    music: str
    recording: str | None = None
    whisper: tuple[str, ...] = ()
    """Sounds that the agent who answers hears before the two are connected; the caller's music goes on."""
    more: int = 0
    """How many phones `AddToOffer` may add while these ring on. Above 0 the offer is over only after
    `WithdrawOffer` with no agents, its `timeout` or an answer."""


@dataclass(frozen=True, slots=True)
class AddToOffer:
    """Ring one more phone in the running offer, while the others ring on, for what is left of its timeout."""

    call: CallId
    agent: AgentId
    phone: str


@dataclass(frozen=True, slots=True)
class WithdrawOffer:
    """Stop ringing these agents' phones for this call; no agents: end the whole offer."""

    call: CallId
    agents: tuple[AgentId, ...]


@dataclass(frozen=True, slots=True)
class DialOut:
    """Connect the caller with an outside number (E.164) over the first of `trunks` that takes the call.

    A member who calls with a phone hears what the far end sends, and the call is over with the talk, or with the cause
    with which it was refused. Any other call comes back (`CallReturned`).
    """

    call: CallId
    number: str
    caller_id: str
    timeout: float
    """Seconds on each trunk."""
    recording: str | None = None
    trunks: tuple[str, ...] = ()
    """Names of trunks, best first. Empty: those of the installation."""
    own: bool = False
    """The number is one of ours: the call enters again, as a new one, without a trunk."""
    comes_back: bool = False
    """A member's call comes back as well: it was forwarded to the number."""


@dataclass(frozen=True, slots=True)
class RingExtension:
    """Connect a member who calls with a colleague: ring `phones`, all at once, for `timeout` seconds.

    `PartyRang`, `PartyAnswered` or `PartyFailed`, and `PartyLegEnded` follow. The member hears what the phones send.
    The call is over with the talk, or with the cause of the phone that did not answer, whether or not an engine runs.
    If it `comes_back`, `CallReturned` follows `PartyFailed` instead.
    """

    call: CallId
    phones: tuple[str, ...]
    timeout: float
    recording: str | None = None
    comes_back: bool = False


@dataclass(frozen=True, slots=True)
class HoldCall:
    """Part the two sides of the talk, and let both hear music. The end of the other side comes as in a talk.

    Asterisk joins them again after `seconds`, if no engine has done so before.
    """

    call: CallId
    music: str
    seconds: float


@dataclass(frozen=True, slots=True)
class JoinAgain:
    """Make a held call a talk again. `CallReturned` if the other side is gone."""

    call: CallId


@dataclass(frozen=True, slots=True)
class TakeBack:
    """Take the caller out of the talk, on music, with `CallReturned`. The other side is let go."""

    call: CallId
    music: str


@dataclass(frozen=True, slots=True)
class HandOver:
    """Make the other side of the talk the call's own channel, on music, with `CallReturned`. The caller is let go."""

    call: CallId
    music: str


@dataclass(frozen=True, slots=True)
class RecordTalk:
    """Let what records a talk end, and record it to the file `recording` from now on; None: record it no longer.

    `third`: that of the party who was joined. A recording that could not begin is told by none.
    """

    call: CallId
    recording: str | None
    third: bool = False


class KeyAnswer(StrEnum):
    """What became of a key that a member pressed in a talk."""

    ON = "on"
    OFF = "off"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class AnswerKey:
    """Tell who pressed a key in the talk, by a sound, what became of it."""

    call: CallId
    answer: KeyAnswer


@dataclass(frozen=True, slots=True)
class PauseRecording:
    """Let the recording of the talk be silent, or go on. `third`: that of the party who was joined."""

    call: CallId
    paused: bool
    third: bool = False


@dataclass(frozen=True, slots=True)
class PickUp:
    """Connect the caller with the phone of the call `by`, which is under our control. The caller is so too, or talks:
    then that phone takes the place of the other side, or with `own` that of the call's own channel.

    The call `by` is no call any more: its channel is a leg of `call`, or its own. The talk ends as any other, with
    `AgentLegEnded` or, if no agent uses the phone, `PartyLegEnded`, and `CallReturned`.
    """

    call: CallId
    by: CallId
    agent: AgentId | None
    """Who uses the phone."""
    recording: str | None = None
    own: bool = False


@dataclass(frozen=True, slots=True)
class Consult:
    """Hold the talk, and take the other side out of it: `ConsultBegan` says that it is under our control, as a call of
    its own. `HangUp` of that one makes the two talk again. So does Asterisk by itself after `seconds`.

    `hands_over`: it is the caller who consults. So the other side becomes the call's own channel first.
    """

    call: CallId
    number: int
    """Tells the consultations of a call apart."""
    agent: AgentId | None
    """Who uses the phone that consults."""
    phone: str
    music: str
    seconds: float
    hands_over: bool = False


@dataclass(frozen=True, slots=True)
class CompleteConsult:
    """Connect the one who is held with the party to whom the call `other`, a consultation, talks. `other` is over, and
    who consulted is let go."""

    call: CallId
    other: CallId
    recording: str | None = None


@dataclass(frozen=True, slots=True)
class JoinConsult:
    """Let the one who is held, who consulted, and the party to whom the call `other`, a consultation, talks hear each
    other. `other` is over; its party is recorded as `recording` from now on. When one of the two who are not the
    caller leaves, the others talk on."""

    call: CallId
    other: CallId
    recording: str | None = None


@dataclass(frozen=True, slots=True)
class LetGo:
    """Hang up one of the two to whom the caller talks: who was joined last (`third`), or the other one."""

    call: CallId
    third: bool


@dataclass(frozen=True, slots=True)
class Supervise:
    """Let the phone of the call `call`, which is under our control, hear the talk of `of`. `CallReturned` at its end.

    A phone that hears it already changes its `mode`, one of `routing.events.Supervision`.
    """

    call: CallId
    of: CallId
    mode: str


@dataclass(frozen=True, slots=True)
class MuteParty:
    """Let one side of the talk not be heard any more, or be heard again. `caller`: the call's own channel. `third`: who
    was joined to the talk."""

    call: CallId
    caller: bool
    muted: bool
    third: bool = False


@dataclass(frozen=True, slots=True)
class SendDigits:
    """Let one side of the talk send digits (DTMF) to the other. `caller`: it is the call's own channel."""

    call: CallId
    caller: bool
    digits: str


@dataclass(frozen=True, slots=True)
class RecordMessage:
    """Beep, then record the caller until `#`, silence, the limit or a hang-up. Ends with `MessageRecorded`."""

    call: CallId
    token: int
    file: str
    """Relative to the node's spool, without ending: `voicemail/<call id>`, `greetings/<call id>-<n>`."""
    max_seconds: int
    silence: int


@dataclass(frozen=True, slots=True)
class Listen:
    """Hear which of `phrases` the caller says. Ends with `SpeechHeard(token)`; a digit ends it as well."""

    call: CallId
    token: int
    phrases: tuple[str, ...]
    max_seconds: int
    silence: int


@dataclass(frozen=True, slots=True)
class FetchUrl:
    """An HTTP request for a route. Ends with `UrlFetched(token)`, at the latest after `timeout` seconds.

    `extract`: (variable, dotted path into the JSON reply such as `customer.orders.0.state`); an empty path is the
    whole reply as text. Addresses that are not public are refused unless a setting allows them.
    """

    call: CallId
    token: int
    method: str
    """`GET` or `POST`."""
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    body: str | None = None
    """JSON."""
    timeout: float = 5.0
    max_bytes: int = 65_536
    extract: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class FindContact:
    """Look a number up among the team's contacts. Ends with `ContactFound(token)`."""

    call: CallId
    token: int
    team: TeamId
    number: str


@dataclass(frozen=True, slots=True)
class CheckPin:
    """Check the PIN of a mailbox, which `kind` and `owner` name. Ends with `PinChecked(token)`.

    `user`: the member from whose phone the call comes; empty: it comes from outside. A mailbox that several people look
    after is opened for these only.
    """

    call: CallId
    token: int
    team: str
    kind: str
    owner: str
    pin: str
    user: str = ""


@dataclass(frozen=True, slots=True)
class SetPin:
    """Change the PIN of a mailbox to `pin`, which was entered again as `again`. Ends with `PinChecked(token)`."""

    call: CallId
    token: int
    team: str
    kind: str
    owner: str
    pin: str
    again: str


@dataclass(frozen=True, slots=True)
class ReadMailbox:
    """Read which messages are in a mailbox. Ends with `MailboxRead(token)`."""

    call: CallId
    token: int
    team: str
    kind: str
    owner: str


@dataclass(frozen=True, slots=True)
class FindRoom:
    """Look up which conference of the team a caller may enter. Ends with `RoomFound(token)`.

    A member (`user`) of the chat needs no PIN. `caller` is the number of who asks: many wrong PINs from one number, or
    for one room, are answered as wrong for a while, whatever they are.
    """

    call: CallId
    token: int
    team: TeamId
    number: str
    """The chat's room number: digits."""
    pin: str = ""
    user: UserId | None = None
    caller: str = ""


@dataclass(frozen=True, slots=True)
class Notify:
    """Tell somebody something; nothing comes back. `kind`: `email` or `webhook`; `to`: an address or a URL."""

    call: CallId
    team: TeamId
    kind: str
    to: str
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class OutboundAlarm:
    """Tell the operator of a call to the telephone network, or of one that was denied. Nothing comes back.

    `alarm` is one of `routing.outbound.alarms.Alarm`, `country` the destination's, and `denial` why the call was
    denied; empty: it was not.
    """

    call: CallId
    team: TeamId
    alarm: str
    country: str
    denial: str = ""


@dataclass(frozen=True, slots=True)
class CallRefused:
    """Tell the operator that a call was refused at its entry. Nothing comes back; the call is hung up by itself.

    `why`: one of `routing.acd.admission.Refusal`. `team` is None if the number is no team's.
    """

    call: CallId
    team: TeamId | None
    why: str


@dataclass(frozen=True, slots=True)
class JoinConference:
    """Put the caller into a conference room of its node. `ConferenceJoined`, and `CallReturned` at its end."""

    call: CallId
    room: RoomId
    max_members: int = 0
    """0: no limit."""
    music: str = "default"
    """For who is alone in the room."""
    moderator: bool = False
    waits: bool = False
    """The caller is alone with music until a moderator is there."""
    ends: bool = False
    """The caller leaves the room with the last moderator."""
    announce: Announce = Announce.NONE
    muted: bool = False


@dataclass(frozen=True, slots=True)
class MuteParticipant:
    """Let the others in the conference not hear the caller any more, or hear them again. `ParticipantMuted` follows."""

    call: CallId
    room: RoomId
    muted: bool


@dataclass(frozen=True, slots=True)
class TellParticipant:
    """Play a sound to one caller in a conference, who has just pressed `*` and a digit. Nothing comes back."""

    call: CallId
    sound: str


@dataclass(frozen=True, slots=True)
class TellRoom:
    """Play a sound to everybody in the conference in which the caller is. Nothing comes back."""

    call: CallId
    room: RoomId
    sound: str


@dataclass(frozen=True, slots=True)
class RecordRoom:
    """Record the conference in which the caller is, to `<file>.room.wav` in the spool; None: stop. Nothing comes back.
    The recording ends with the conference, too."""

    call: CallId
    room: RoomId
    file: str | None


@dataclass(frozen=True, slots=True)
class LaunchCallback:
    """Ring a customer who asked for it, as the new call `call`. Ends with `CallbackAnswered` (the channel is ours) or
    `CallbackFailed`. A second one for the same `call` must not ring twice."""

    call: CallId
    number: str
    caller_id: str
    timeout: float
    trunks: tuple[str, ...] = ()
    """As in `DialOut`."""


@dataclass(frozen=True, slots=True)
class RingMember:
    """Ring the phones of a member who asked for a call, as the new call `call`.

    Ends with `CallbackAnswered` (the channel is ours, as that of a phone that calls) or `CallbackFailed`. A second one
    for the same `call` must not ring twice.
    """

    call: CallId
    phone: str
    shown: str
    """What the phone shows: the number or the extension that will be called."""
    timeout: float
    answers: bool = False
    """Telephones that can do so answer by themselves."""
    near: CallId | None = None
    """The call for which the phone is rung: that one's node rings it, and not the telephone that is in its talk."""


@dataclass(frozen=True, slots=True)
class HangUp:
    """Hang up the caller's channel with a Q.850 cause (and with it every leg)."""

    call: CallId
    cause: int = 16
    sounds: tuple[str, ...] = ()
    """What a phone that calls hears first, without being answered: why. Sounds of the library."""


@dataclass(frozen=True, slots=True)
class OfferWork:
    """Tell the clients of the agent that the conversation `item` is offered to them, until `until` (POSIX seconds).
    `WorkAccepted` or `WorkDeclined` follows, or neither."""

    item: CallId
    team: TeamId
    queue: QueueId
    agent: AgentId
    until: float


@dataclass(frozen=True, slots=True)
class WithdrawWork:
    """Tell the clients of the agent that the conversation is not offered to them any more."""

    item: CallId
    team: TeamId
    agent: AgentId


@dataclass(frozen=True, slots=True)
class LogWork:
    """Who has the conversation has changed, or where it waits (`routing.records.WorkRecord` as a JSON-able dict)."""

    record: dict[str, Any]


@dataclass(frozen=True, slots=True)
class StartTimer:
    """`TimerFired(timer)` at `at` (POSIX seconds), unless cancelled or started again."""

    timer: TimerId
    at: float


@dataclass(frozen=True, slots=True)
class CancelTimer:
    timer: TimerId


@dataclass(frozen=True, slots=True)
class LogCall:
    """The finished call's record (`routing.records.CallRecord` as a JSON-able dict). Exactly one a call."""

    record: dict[str, Any]


@dataclass(frozen=True, slots=True)
class LogStay:
    """A callback's stay ended without a call: JSON-able dict {team, stay}, see `routing.records.StayRecord`."""

    record: dict[str, Any]


@dataclass(frozen=True, slots=True)
class LogVoicemail:
    """A message was left: JSON-able dict, see `routing.records.VoicemailRecord`."""

    record: dict[str, Any]


@dataclass(frozen=True, slots=True)
class LogMailbox:
    """Somebody changed something in a mailbox by phone: JSON-able dict, see `routing.records.MailboxRecord`."""

    record: dict[str, Any]


@dataclass(frozen=True, slots=True)
class LogSettings:
    """A member changed their settings by phone: JSON-able dict, see `routing.records.SettingsRecord`."""

    record: dict[str, Any]


@dataclass(frozen=True, slots=True)
class LogSpell:
    """An agent's overall status ended: JSON-able dict {agent, team, status, reason, began_at, ended_at}."""

    record: dict[str, Any]


@dataclass(frozen=True, slots=True)
class LogWrapUp:
    """A wrap-up ended: JSON-able dict {call, agent, team, seconds}."""

    record: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ShowState:
    """Let the lamps of colleagues' telephones show a member's state (`routing.state.Availability`), on every node.
    Nothing comes back. `phone`: the member's SIP account."""

    phone: str
    state: str


@dataclass(frozen=True, slots=True)
class Publish:
    """Something that clients watch changed. `kind` is `call`, `agent`, `queue`, `outbound`, `member` or `conference`
    (by its chat); `id` says which."""

    team: TeamId
    kind: str
    id: str
    verb: str
    """`created`, `updated` or `destroyed`."""


Command = (
    Answer
    | Play
    | StopPlay
    | StartMusic
    | OfferCall
    | AddToOffer
    | WithdrawOffer
    | DialOut
    | RingExtension
    | HoldCall
    | JoinAgain
    | TakeBack
    | HandOver
    | PickUp
    | PauseRecording
    | RecordTalk
    | AnswerKey
    | Consult
    | CompleteConsult
    | JoinConsult
    | LetGo
    | Supervise
    | MuteParty
    | SendDigits
    | RecordMessage
    | Listen
    | FetchUrl
    | FindContact
    | CheckPin
    | SetPin
    | ReadMailbox
    | FindRoom
    | Notify
    | OutboundAlarm
    | CallRefused
    | JoinConference
    | MuteParticipant
    | TellParticipant
    | TellRoom
    | RecordRoom
    | LaunchCallback
    | RingMember
    | HangUp
    | OfferWork
    | WithdrawWork
    | StartTimer
    | CancelTimer
    | LogCall
    | LogStay
    | LogWork
    | LogVoicemail
    | LogMailbox
    | LogSettings
    | LogWrapUp
    | LogSpell
    | ShowState
    | Publish
)

COMMANDS: dict[str, type[Command]] = {kind.__name__: kind for kind in get_args(Command)}
"""Every command by its name, which `CommandFailed` and the journal write down."""
CALL_COMMANDS = tuple(kind for kind in COMMANDS.values() if "call" in kind.__dataclass_fields__)
"""The commands that Asterisk, or a service beside it, carries out for a call: these can be refused."""
