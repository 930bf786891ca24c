"""What a pure part hands back: events for the core and actions for Asterisk, each in order."""

from dataclasses import dataclass, field

from pbx.ami import Action
from routing.events import Event


@dataclass(slots=True)
class Step:
    events: list[Event] = field(default_factory=list)
    actions: list[Action] = field(default_factory=list)

    def add(self, other: "Step") -> None:
        self.events += other.events
        self.actions += other.actions
