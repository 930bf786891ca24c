"""What a translation returns: events for the core and actions for Asterisk, each in order."""

from dataclasses import dataclass, field

from pbx.ami import Action
from pbx.ports import AsteriskCommand
from routing.commands import (
    AddToOffer,
    DialOut,
    LaunchCallback,
    Listen,
    OfferCall,
    Play,
    RingExtension,
    RingMember,
)
from routing.events import (
    CallbackFailed,
    CommandFailed,
    Event,
    LegFailure,
    OfferFailed,
    PartyFailed,
    PlaybackFinished,
    SpeechHeard,
)
from routing.ids import CallId


@dataclass(frozen=True, slots=True)
class Utterance:
    """A recording of what a caller said, to be recognized. `SpeechHeard(call, token, phrase)` answers it."""

    call: CallId
    token: int
    phrases: tuple[str, ...]
    file: str
    """Relative to the node's spool, without ending: `speech/<call>-<token>`; a WAV of 8 kHz, mono, 16 bit."""


@dataclass(slots=True)
class Step:
    events: list[Event] = field(default_factory=list)
    actions: list[Action] = field(default_factory=list)
    utterances: list[Utterance] = field(default_factory=list)

    @classmethod
    def failed(cls, command: AsteriskCommand, why: str) -> "Step":
        """Tell the core that a command cannot be carried out: end what it should have begun, then say why."""
        call = command.call
        events: list[Event] = []
        match command:
            case OfferCall():
                events += [OfferFailed(call, agent, LegFailure.FAILED) for agent in command.agents]
            case AddToOffer():
                events.append(OfferFailed(call, command.agent, LegFailure.FAILED))
            case DialOut() | RingExtension():
                events.append(PartyFailed(call, LegFailure.FAILED))
            case Play():
                events.append(PlaybackFinished(call, command.token, ok=False))
            case Listen():
                events.append(SpeechHeard(call, command.token))
            case LaunchCallback() | RingMember():
                events.append(CallbackFailed(call, LegFailure.FAILED))
        events.append(CommandFailed(call, type(command).__name__, why))
        return cls(events)

    def add(self, other: "Step") -> None:
        self.events += other.events
        self.actions += other.actions
        self.utterances += other.utterances
