"""What a pure part hands back: events for the core and actions for Asterisk, each in order."""

from dataclasses import dataclass, field

from pbx.ami import Action
from routing.events import Event
from routing.ids import CallId


@dataclass(frozen=True, slots=True)
class Utterance:
    """What a caller said, to be recognized: the answer is `SpeechHeard(call, token, phrase)`."""

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

    def add(self, other: "Step") -> None:
        self.events += other.events
        self.actions += other.actions
        self.utterances += other.utterances
