"""Calls that a member's phone makes to a colleague, in the order in which Asterisk tells them."""

from dataclasses import dataclass
from typing import Any

from routing import commands as c
from routing import events as e
from routing.config import UserConfig
from routing.events import LegFailure
from routing.expressions.keypad import on_keypad
from routing.ids import CallId, MemberId
from tests.support.routing.story import TEAM, Caller, HangUpOrder, Person, Story, hex_id

FIRST_EXTENSION = 100


def extension(number: int) -> str:
    return str(FIRST_EXTENSION + number)


def member(story: Story, name: str, **settings: Any) -> Person:
    """Add an agent whose user has an extension: 101, 102 ... They have no mailbox."""
    person = story.agent(name, **settings)
    sets(person)
    return person


def sets(person: Person, **changes: Any) -> None:
    """Give a member these settings, and the defaults for the others."""
    number = list(person.story.people).index(person.id) + 1
    person.story.configure(user_of(person, number, person.config.name, **changes))


def user_of(person: Person, number: int, name: str, **changes: Any) -> UserConfig:
    own: dict[str, Any] = {"extension": extension(number), "phone": person.config.phone, "voicemail": False}
    own |= {"keypad": on_keypad(name), **changes}
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
        """Let the colleague's phones refuse, or not answer. Asterisk hangs the caller up with the same cause, unless
        the call comes back."""
        rung = [ring for ring in self.story.all(c.RingExtension) if ring.call == self.id]
        self.ringing, back = False, bool(rung) and rung[-1].comes_back
        self.story.happens(e.PartyFailed(self.id, reason))
        if back:
            self.story.happens(e.CallReturned(self.id))
        else:
            self.gone = True
            self.story.happens(e.CallHungUp(self.id, cause))

    def line_fails(self, reason: LegFailure = LegFailure.NO_ANSWER) -> None:
        """Let the outside number not answer. The channel comes back."""
        self.ringing = False
        self.story.happens(e.PartyFailed(self.id, reason))
        self.story.happens(e.CallReturned(self.id))

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


def dials(
    person: Person, dialled: str, *, rings: bool = False, load: float = 0.0, number: str = ""
) -> PhoneCall:
    """Let the person's phone call an extension, or the telephone number `number` (E.164). `rings`: it rings already,
    without this engine."""
    story = person.story
    call = PhoneCall(story, CallId(hex_id(7, len(story.calls) + 1)))
    story.calls[call.id] = call
    call.ringing = rings
    phone, name = person.config.phone, person.config.name
    story.happens(e.PhoneCallEntered(call.id, phone, dialled, name, load, rings, number))
    return call


def talk(story: Story, **settings: Any) -> tuple[Person, Person, Caller]:
    """Ann talks to a caller of the queue 1. Bob serves the queue 2."""
    ann, bob = member(story, "Ann"), member(story, "Bob")
    story.number(queue=story.queue(ann, **settings).id)
    story.queue(bob, number=2)
    call = story.calls_in()
    ann.answers()
    return ann, bob, call
