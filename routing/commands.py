"""What to do: the output of `Engine.handle`. Imperative, immutable; the pbx room carries them out in order."""

from dataclasses import dataclass
from typing import Any

from routing.ids import AgentId, CallId, TeamId, TimerId


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer the caller's channel (a second time does nothing)."""

    call: CallId


@dataclass(frozen=True, slots=True)
class Play:
    """Play sounds one after another. Ends with `PlaybackFinished(token)`, also when stopped.

    `sounds` are names of the sound library, `[a-z0-9/_-]{1,80}` each, without language or ending.
    """

    call: CallId
    token: int
    sounds: tuple[str, ...]


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


@dataclass(frozen=True, slots=True)
class WithdrawOffer:
    """Stop ringing these agents' phones for this call."""

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
class RecordMessage:
    """Beep, then record the caller until `#`, silence, the limit or a hang-up. Ends with `MessageRecorded`."""

    call: CallId
    token: int
    file: str
    """Relative to the node's spool, without ending: `voicemail/<call id>`."""
    max_seconds: int
    silence: int


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
    | WithdrawOffer
    | DialOut
    | RecordMessage
    | HangUp
    | StartTimer
    | CancelTimer
    | LogCall
    | LogVoicemail
    | LogWrapUp
    | Publish
)
