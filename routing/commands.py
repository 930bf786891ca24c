"""What to do: the output of `Engine.handle`. Imperative, immutable. `pbx` carries them out in order."""

from typing import Any, get_args

from routing.frozen import dataclass
from routing.ids import AgentId, CallId, TeamId, TimerId


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
    `prompts` names are synthesized first unless they are there already.
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
    """Connect the caller with an outside number (E.164) over the team's trunk."""

    call: CallId
    number: str
    caller_id: str
    timeout: float
    recording: str | None = None


@dataclass(frozen=True, slots=True)
class RingExtension:
    """Connect a member who calls with a colleague: ring `phones`, all at once, for `timeout` seconds.

    `PartyRang`, `PartyAnswered` or `PartyFailed`, and `PartyLegEnded` follow. The member hears what the phones send.
    The call is over with the talk, or with the cause of the phone that did not answer, whether or not an engine runs.
    """

    call: CallId
    phones: tuple[str, ...]
    timeout: float
    recording: str | None = None


@dataclass(frozen=True, slots=True)
class RecordMessage:
    """Beep, then record the caller until `#`, silence, the limit or a hang-up. Ends with `MessageRecorded`."""

    call: CallId
    token: int
    file: str
    """Relative to the node's spool, without ending: `voicemail/<call id>`."""
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
    room: str
    """`[a-z0-9-]{1,80}`, unique over teams."""
    max_members: int = 0
    """0: no limit."""
    music: str = "default"
    """For who is alone in the room."""


@dataclass(frozen=True, slots=True)
class LaunchCallback:
    """Ring a customer who asked for it, as the new call `call`. Ends with `CallbackAnswered` (the channel is ours) or
    `CallbackFailed`. A second one for the same `call` must not ring twice."""

    call: CallId
    number: str
    caller_id: str
    timeout: float


@dataclass(frozen=True, slots=True)
class HangUp:
    """Hang up the caller's channel with a Q.850 cause (and with it every leg)."""

    call: CallId
    cause: int = 16


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
class LogWrapUp:
    """A wrap-up ended: JSON-able dict {call, agent, team, seconds}."""

    record: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Publish:
    """Something that clients watch changed. `kind` is `call`, `agent` or `queue`; `id` says which."""

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
    | RecordMessage
    | Listen
    | FetchUrl
    | FindContact
    | Notify
    | OutboundAlarm
    | CallRefused
    | JoinConference
    | LaunchCallback
    | HangUp
    | StartTimer
    | CancelTimer
    | LogCall
    | LogStay
    | LogVoicemail
    | LogWrapUp
    | Publish
)

COMMANDS: dict[str, type[Command]] = {kind.__name__: kind for kind in get_args(Command)}
"""Every command by its name, which `CommandFailed` and the journal write down."""
CALL_COMMANDS = tuple(kind for kind in COMMANDS.values() if "call" in kind.__dataclass_fields__)
"""The commands that Asterisk, or a service beside it, carries out for a call: these can be refused."""
