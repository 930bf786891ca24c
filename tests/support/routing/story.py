"""Call stories on a virtual clock: `call.enters(...)`, `ann.answers()`, `clock.advance(30)`, `call.hears(...)`.

The story plays Asterisk. What Asterisk does by itself after a command happens at once: a hung-up channel is gone,
a withdrawn phone stops ringing, a caller whom no agent took returns. In a `manual` story it does not happen.
"""

import json
import random
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from routing import commands as c
from routing import events as e
from routing.config import (
    AgentConfig,
    ConfigItem,
    NumberConfig,
    QueueConfig,
    QueueMember,
    RouteConfig,
    TeamConfig,
)
from routing.engine import Engine
from routing.events import AgentStatus, LegFailure
from routing.ids import AgentId, CallId, NumberId, QueueId, RouteId, TeamId, UserId
from routing.outbound.policy import OutboundPolicy
from routing.rooms import RoomEntry
from routing.routes.document import parse_route
from tests.support.routing.outbound import OPEN

MONDAY_NOON = 1_767_614_400.0
"""2026-01-05 12:00 UTC."""
DID = "+14165550100"
CALLER = "+14165550199"


def hex_id(kind: int, number: int) -> str:
    return f"{kind:08x}{number:024x}"


TEAM = TeamId(hex_id(1, 1))


class HangUpOrder(StrEnum):
    """The order in which the core hears of a caller's hang-up. Asterisk ends the legs before the caller's own
    channel."""

    ANNOUNCED = "announced"
    """`CallerHangingUp`, then the legs, then `CallHungUp`. This is what Asterisk does."""
    LEGS_FIRST = "legs-first"
    """The same without `CallerHangingUp`. Some hang-ups have no such event."""
    CHANNEL_FIRST = "channel-first"
    """`CallHungUp`, then the legs. This happens when a leg's end is told late, or a guard finds it."""


@dataclass
class Story:
    """One engine, its clock and all its commands."""

    manual: bool = False
    order: HangUpOrder = HangUpOrder.ANNOUNCED
    engine: Engine = field(default_factory=lambda: Engine(random.Random(7)))
    now: float = MONDAY_NOON
    said: list[c.Command] = field(default_factory=list)
    log: list[tuple[e.Event, float]] = field(default_factory=list)
    replies: list[e.Event] = field(default_factory=list)
    calls: dict[CallId, "Caller"] = field(default_factory=dict)
    people: dict[AgentId, "Person"] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.configure(TeamConfig(TEAM, "Team"))

    # -- the world ---------------------------------------------------------------------------------------

    def configure(self, *items: ConfigItem) -> None:
        self.happens(e.ConfigChanged(items))

    def may_dial(self, policy: OutboundPolicy = OPEN, **changes: Any) -> None:
        """Let the team dial in the telephone network; `changes` are of the policy."""
        self.configure(TeamConfig(TEAM, "Team", outbound=replace(policy, **changes)))

    def remove(self, *ids: str) -> None:
        self.happens(e.ConfigChanged((), ids))

    def agents(self, *names: str) -> list["Person"]:
        return [self.agent(name) for name in names]

    def agent(self, name: str, *, available: bool = True, **settings: Any) -> "Person":
        number = len(self.people) + 1
        config = AgentConfig(
            AgentId(hex_id(2, number)), TEAM, name, UserId(hex_id(3, number)), f"phone{number}", **settings
        )
        person = self.people[config.id] = Person(self, config)
        self.configure(config)
        if available:
            person.registers()
            person.sets(AgentStatus.AVAILABLE)
            self.advance(0.001)
        return person

    def queue(self, *members: "Person", number: int = 1, **settings: Any) -> QueueConfig:
        config = QueueConfig(
            QueueId(hex_id(4, number)),
            TEAM,
            f"Q{number}",
            **{"members": tuple(QueueMember(p.id) for p in members), **settings},
        )
        self.configure(config)
        return config

    def number(self, *, e164: str = DID, **target: Any) -> NumberConfig:
        config = NumberConfig(NumberId(hex_id(5, int(e164[1:]))), TEAM, e164, **target)
        self.configure(config)
        return config

    def route(
        self, entry: str, *, e164: str = DID, number: int = 1, version: int = 1, **blocks: dict[str, Any]
    ) -> RouteConfig:
        document = {"name": "Route", "entry": entry, "blocks": blocks}
        config = parse_route(document, id=RouteId(hex_id(6, number)), team=TEAM, version=version)
        self.configure(config)
        self.number(e164=e164, route=config.id)
        return config

    def call(self) -> "Caller":
        caller = Caller(self, CallId(hex_id(7, len(self.calls) + 1)))
        self.calls[caller.id] = caller
        return caller

    def calls_in(self, did: str = DID, *, load: float = 0.0) -> "Caller":
        caller = self.call()
        caller.enters(did, load=load)
        return caller

    # -- events, time and what Asterisk does by itself ---------------------------------------------------

    def happens(self, event: e.Event) -> list[c.Command]:
        """Handle one event, then Asterisk's answers to the commands."""
        said = self._handle(event)
        while self.replies:
            said += self._handle(self.replies.pop(0))
        return said

    def flush(self) -> None:
        """Handle all answers that Asterisk still has."""
        while self.replies:
            self.happens(self.replies.pop(0))

    def _handle(self, event: e.Event) -> list[c.Command]:
        self.log.append((event, self.now))
        said = self.engine.handle(event, self.now)
        self.said += said
        for command in said:
            if isinstance(command, c.LaunchCallback):
                self.calls.setdefault(command.call, Caller(self, command.call))
            if isinstance(command, c.Play) and command.call in self.calls:
                self.calls[command.call].last_token = command.token
            if not self.manual:
                self._asterisk(command)
        return list(said)

    def _asterisk(self, command: c.Command) -> None:
        call = self.calls.get(getattr(command, "call", CallId("")))
        if call is None:
            return
        match command:
            case c.HangUp():
                call.lose(command.cause)
            case c.WithdrawOffer(agents=()):
                call.loses_offer(LegFailure.WITHDRAWN)
            case c.WithdrawOffer():
                for agent in command.agents:
                    call.drops(agent, LegFailure.WITHDRAWN)
            case c.OfferCall() if call.gone:
                call.refuses(command, *command.agents)
            case c.AddToOffer() if call.gone:
                call.refuses(command, command.agent)
            case c.OfferCall():
                call.rung = dict.fromkeys(command.agents)
                call.open = command.more > 0
            case c.AddToOffer():
                call.rung[command.agent] = None
            case c.StopPlay():
                self.replies.append(e.PlaybackFinished(call.id, call.token()))

    def advance(self, seconds: float) -> None:
        """Let time pass. Timers that come due fire in order."""
        until = self.now + seconds
        while True:
            due = [(at, timer) for timer, at in self.engine.timers.items() if at <= until]
            if not due:
                break
            at, timer = min(due)
            self.now = max(self.now, at)
            self.happens(e.TimerFired(timer))
        self.now = until

    def restart(self) -> None:
        """Restart the engine from its snapshot, which passes through JSON."""
        self.engine = Engine.restore(json.loads(json.dumps(self.engine.snapshot(), sort_keys=True)))

    def rung(self) -> list["Caller"]:
        """Return the attempts of callbacks, in order."""
        return [self.calls[command.call] for command in self.all(c.LaunchCallback)]

    # -- what was said -----------------------------------------------------------------------------------

    def all(self, kind: type[Any]) -> list[Any]:
        return [command for command in self.said if isinstance(command, kind)]

    def last(self, kind: type[Any]) -> Any:
        return self.all(kind)[-1]

    def records(self) -> list[dict[str, Any]]:
        return [command.record for command in self.all(c.LogCall)]


@dataclass
class Person:
    """An agent and their phone."""

    story: Story
    config: AgentConfig

    @property
    def id(self) -> AgentId:
        return self.config.id

    @property
    def state(self) -> str:
        view = self.story.engine.agent(self.id)
        assert view is not None
        return view.state

    @property
    def ringing_for(self) -> "Caller":
        """Return the call whose offer rings this phone."""
        view = self.story.engine.agent(self.id)
        assert view is not None
        assert view.call is not None
        assert view.state == "Ringing"
        return self.story.calls[view.call]

    def registers(self, *, busy: bool = False) -> None:
        self.story.happens(e.PhoneStateChanged(self.config.phone, True, busy))

    def vanishes(self) -> None:
        self.story.happens(e.PhoneStateChanged(self.config.phone, False))

    def sets(self, status: AgentStatus, queue: QueueConfig | None = None, reason: str = "") -> None:
        self.story.happens(e.AgentStatusSet(self.id, status, queue.id if queue else None, reason))

    def answers(self, call: "Caller | None" = None) -> None:
        call = call or self.ringing_for
        call.rung.pop(self.id, None)
        call.talks_to = self.id
        self.story.happens(e.PhoneRang(call.id, self.id))
        self.story.happens(e.AgentAnswered(call.id, self.id))
        if not self.story.manual:
            for other in list(call.rung):
                call.drops(other, LegFailure.WITHDRAWN, returns=False)
            self.story.flush()

    def misses(self, reason: LegFailure = LegFailure.NO_ANSWER) -> None:
        self.ringing_for.drops(self.id, reason)
        self.story.flush()

    def hangs_up(self) -> None:
        view = self.story.engine.agent(self.id)
        assert view is not None
        assert view.call is not None
        call = self.story.calls[view.call]
        call.talks_to = None
        self.story.happens(e.AgentLegEnded(call.id, self.id))
        self.story.happens(e.CallReturned(call.id))


@dataclass
class Caller:
    """A caller and their channel."""

    story: Story
    id: CallId
    rung: dict[AgentId, None] = field(default_factory=dict)
    open: bool = False
    """Whether the offer goes on when all its phones have failed."""
    talks_to: AgentId | None = None
    gone: bool = False
    last_token: int = 0

    # -- what the caller does ------------------------------------------------------------------------------------

    def enters(self, did: str = DID, caller: str = CALLER, *, customer: str = "", load: float = 0.0) -> None:
        """Dial the number. `customer`: what all spellings of the caller's number share. `load`: of the node."""
        self.story.happens(e.CallEntered(self.id, did, caller, customer=customer, load=load))

    def hangs_up(self, cause: int = 16) -> None:
        self.lose(cause)
        self.story.flush()

    def presses(self, digit: str) -> None:
        self.story.happens(e.DigitPressed(self.id, digit))

    def listens(self, *, ok: bool = True) -> None:
        """Hear the present sound to its end."""
        self.story.happens(e.PlaybackFinished(self.id, self.token(), ok))

    def speaks(self, seconds: float) -> None:
        """Leave a message and end it with #."""
        message = self.story.last(c.RecordMessage)
        self.story.happens(e.MessageRecorded(self.id, message.token, message.file, seconds))

    def picks_up(self) -> None:
        """Answer as the customer of a callback."""
        self.story.happens(e.CallbackAnswered(self.id))

    def does_not_pick_up(self, reason: LegFailure = LegFailure.NO_ANSWER) -> None:
        self.gone = True
        self.story.happens(e.CallbackFailed(self.id, reason))

    def gets(self, ok: bool = True, **values: str) -> None:
        """Get the reply to the last request."""
        self.story.happens(e.UrlFetched(self.id, self.story.last(c.FetchUrl).token, ok, values=values))

    def is_known(self, attributes: dict[str, str] | None) -> None:
        """Get what the contacts say of the caller. None means nothing."""
        self.story.happens(e.ContactFound(self.id, self.story.last(c.FindContact).token, attributes))

    def utters(self, phrase: str) -> None:
        self.story.happens(e.SpeechHeard(self.id, self.story.last(c.Listen).token, phrase))

    def enters_room(self) -> None:
        self.story.happens(e.ConferenceJoined(self.id))

    def is_let_in(self, entry: RoomEntry | None) -> None:
        """Get what the look-up of a conference says. None: the number or the PIN is wrong."""
        self.story.happens(e.RoomFound(self.id, self.story.last(c.FindRoom).token, entry))

    def dials(self, digits: str) -> None:
        for digit in digits:
            self.presses(digit)

    def keys(self, digits: str) -> None:
        """Press keys in a conference."""
        for digit in digits:
            self.story.happens(e.RoomKeyPressed(self.id, digit))

    def returns(self) -> None:
        self.story.happens(e.CallReturned(self.id))

    # -- what Asterisk does to the caller ------------------------------------------------------------------------

    def lose(self, cause: int) -> None:
        """End the channel and all its legs."""
        if self.gone:
            return
        self.gone = True
        gone = e.CallHungUp(self.id, cause)
        legs: list[e.Event] = [e.OfferFailed(self.id, agent, LegFailure.CALLER_GONE) for agent in self.rung]
        if self.talks_to is not None:
            legs.append(e.AgentLegEnded(self.id, self.talks_to))
        self.rung, self.talks_to = {}, None
        match self.story.order:
            case HangUpOrder.ANNOUNCED:
                self.story.replies += [e.CallerHangingUp(self.id), *legs, gone]
            case HangUpOrder.LEGS_FIRST:
                self.story.replies += [*legs, gone]
            case HangUpOrder.CHANNEL_FIRST:
                self.story.replies += [gone, *legs]

    def drops(self, agent: AgentId, reason: LegFailure, *, returns: bool = True) -> None:
        """Stop one phone's ringing. After the last phone the caller returns."""
        if agent not in self.rung:
            return
        del self.rung[agent]
        self.story.replies.append(e.OfferFailed(self.id, agent, reason))
        if returns and not self.rung and not self.open:
            self.story.replies.append(e.CallReturned(self.id))

    def loses_offer(self, reason: LegFailure) -> None:
        """End the whole offer. The caller returns."""
        self.open = False
        self.story.replies += [e.OfferFailed(self.id, agent, reason) for agent in self.rung]
        self.rung = {}
        self.story.replies.append(e.CallReturned(self.id))

    def refuses(self, command: c.OfferCall | c.AddToOffer, *agents: AgentId) -> None:
        """Refuse a command, because the channel is gone or about to go. No phone can be rung for it."""
        self.story.replies += [e.OfferFailed(self.id, agent, LegFailure.FAILED) for agent in agents]
        self.story.replies.append(e.CommandFailed(self.id, type(command).__name__, "no such channel"))

    def rings_out(self) -> None:
        """Let the offer's time end."""
        self.loses_offer(LegFailure.NO_ANSWER)
        self.story.flush()

    # -- what happened to the caller -----------------------------------------------------------------------------

    def token(self) -> int:
        """Return the token of the last `Play`."""
        return self.last_token

    def hears(self, *sounds: str) -> bool:
        """Return whether these sounds are the last that were played."""
        played = [command.sounds for command in self.story.all(c.Play) if command.call == self.id]
        return bool(played) and played[-1] == sounds

    def says(self) -> str:
        """Return the texts of the last `Play`."""
        played = [command for command in self.story.all(c.Play) if command.call == self.id]
        return " ".join(prompt.text for prompt in played[-1].prompts)

    def went(self) -> list[tuple[str, str]]:
        """Return the blocks that the call has left, each with its exit."""
        view = self.story.engine.call(self.id)
        steps = self.record["path"] if view is None else view.path
        return [(step["block"], step["exit"]) for step in steps if step["exit"] is not None]

    @property
    def phase(self) -> str:
        view = self.story.engine.call(self.id)
        return "over" if view is None else view.state

    @property
    def offered_to(self) -> tuple[AgentId, ...]:
        """Return the agents whose phones ring for this call now."""
        view = self.story.engine.call(self.id)
        return () if view is None else view.ringing

    @property
    def offers(self) -> list[tuple[AgentId, ...]]:
        return [command.agents for command in self.story.all(c.OfferCall) if command.call == self.id]

    @property
    def record(self) -> dict[str, Any]:
        """Return the only record of the finished call."""
        found = [record for record in self.story.records() if record["id"] == self.id]
        assert len(found) == 1, f"{len(found)} records"
        return found[0]


def block(kind: str, exits: dict[str, str] | None = None, /, **settings: Any) -> dict[str, Any]:
    """Return a block of a route document."""
    return {"type": kind, "settings": settings, "exits": exits or {}}
