"""Calls that a member's phone makes to a colleague, in the order in which Asterisk tells them."""

from dataclasses import dataclass
from typing import Any

from routing import events as e
from routing.config import UserConfig
from routing.events import LegFailure
from routing.ids import CallId, MemberId
from tests.support.routing.story import TEAM, Caller, HangUpOrder, Person, Story, hex_id

FIRST_EXTENSION = 100


def extension(number: int) -> str:
    return str(FIRST_EXTENSION + number)


def member(story: Story, name: str, **settings: Any) -> Person:
    """Add an agent whose user has an extension: 101, 102 ..."""
    person = story.agent(name, **settings)
    number = len(story.people)
    story.configure(user_of(person, number, name))
    return person


def user_of(person: Person, number: int, name: str, **changes: Any) -> UserConfig:
    own = {"extension": extension(number), "phone": person.config.phone, **changes}
    return UserConfig(MemberId(hex_id(8, number)), TEAM, person.config.user, name, **own)


@dataclass
class PhoneCall(Caller):
    """A call of a member's phone. Asterisk ends it by itself when the colleague refuses or quits."""

    ringing: bool = False
    connected: bool = False

    def rings(self) -> None:
        self.ringing = True
        self.story.happens(e.PartyRang(self.id))

    def is_answered(self) -> None:
        self.ringing, self.connected = False, True
        self.story.happens(e.PartyAnswered(self.id))

    def is_refused(self, reason: LegFailure, cause: int) -> None:
        """Let the colleague's phones refuse, or not answer. Asterisk hangs the caller up with the same cause."""
        self.ringing, self.gone = False, True
        self.story.happens(e.PartyFailed(self.id, reason))
        self.story.happens(e.CallHungUp(self.id, cause))

    def colleague_hangs_up(self) -> None:
        self.connected, self.gone = False, True
        self.story.happens(e.PartyLegEnded(self.id))
        self.story.happens(e.CallHungUp(self.id))

    def lose(self, cause: int) -> None:
        if self.gone:
            return
        self.gone = True
        gone = e.CallHungUp(self.id, cause)
        legs: list[e.Event] = []
        if self.ringing:
            legs.append(e.PartyFailed(self.id, LegFailure.CALLER_GONE))
        if self.connected:
            legs.append(e.PartyLegEnded(self.id))
        self.ringing = self.connected = False
        first: list[e.Event] = (
            [e.CallerHangingUp(self.id)] if self.story.order is HangUpOrder.ANNOUNCED else []
        )
        late = self.story.order is HangUpOrder.CHANNEL_FIRST
        self.story.replies += [gone, *legs] if late else [*first, *legs, gone]


def dials(person: Person, dialled: str, *, rings: bool = False, load: float = 0.0) -> PhoneCall:
    """Let the person's phone call an extension. `rings`: the dialplan rings it already, without an engine."""
    story = person.story
    call = PhoneCall(story, CallId(hex_id(7, len(story.calls) + 1)))
    story.calls[call.id] = call
    call.ringing = rings
    story.happens(e.PhoneCallEntered(call.id, person.config.phone, dialled, person.config.name, load, rings))
    return call
