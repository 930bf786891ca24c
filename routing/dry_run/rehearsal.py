"""The scripted network of a dry run: it answers the engine's commands, and the path of the call is recorded.

A sound plays to its end, a request is answered as assumed, a phone that rings is answered. The caller presses the next
digit as soon as a block waits for one. If nothing else can happen, the next timer fires. The time is virtual.
"""

import random
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from routing import commands as c
from routing import events as e
from routing.blocks import EVERY_TYPE
from routing.blocks.base import Turn
from routing.blocks.voicemail import OF_CALL
from routing.blocks.ways import Look
from routing.config import Block, RouteConfig
from routing.dry_run.assumptions import Assumed, DryStep
from routing.dry_run.configuration import answering, opening
from routing.engine import Engine
from routing.expressions import secrets, variables
from routing.ids import CallId, RoomId
from routing.rooms import RoomEntry
from routing.state import Call
from routing.state.phases import CallPhase
from routing.state.world import World

MOST_STEPS = 200
MOST_EVENTS = 20_000
"""After this many events a dry run ends, whatever becomes of the call."""
MESSAGE_SECONDS = 10.0
"""How long the caller speaks into a recording."""
FIGURES: dict[str, float] = {"waiting": 0, "available": 1, "staffed": 1, "ewt": 0}
"""The figures of a queue if nothing is assumed."""

_P = CallPhase
_CALL = CallId("dry-run")
_ROOM = RoomId("dry-run")
_OVER = (_P.TALKING, _P.CONNECTED, _P.ENDING, _P.ENDED)
_ASKS = (_P.COLLECTING, _P.LISTENING)


def dry_run(
    route: RouteConfig,
    *,
    at: datetime,
    caller: str = "",
    customer: str = "",
    did: str = "",
    digits: Iterable[str] = "",
    assumed: Assumed = Assumed(),
) -> list[DryStep]:
    """Return the blocks that a call passes, 200 at most. `at` must be aware; `digits` are pressed one after the other,
    wherever a block waits for one."""
    rehearsal = _Rehearsal(assumed, iter(digits), at.timestamp())
    for event in opening(route, did, assumed):
        rehearsal.handle(event)
    rehearsal.call_enters(did, caller, customer)
    return list(rehearsal.steps())


@dataclass(slots=True)
class _Passed:
    """A block that the call entered, and what happened there, for people."""

    block: Block
    route: str
    at: float
    reason: str
    assumed: bool
    told: list[str] = field(default_factory=list)
    digits: str = ""
    answered: bool = False
    """An agent has become free for the caller who waits here."""


class _Rehearsal:
    def __init__(self, assumed: Assumed, digits: Iterator[str], now: float) -> None:
        self.world = World(random.Random(0))  # noqa: S311 - no secret
        self.world.rehearsal = self._entered
        self.engine = Engine(self.world.rng, self.world)
        self.assumed, self.digits, self.now = assumed, digits, now
        self.call: Call | None = None
        self.passed: list[_Passed] = []
        self.inbox: deque[e.Event] = deque()
        self.said_from: list[tuple[int, _Passed]] = []
        """(index, block): the commands from this index on, of those for the event in hand, come from the block."""
        self.reactions: dict[type, Callable[[_Passed, Any], None]] = {
            c.Play: self._plays,
            c.StopPlay: lambda here, command: self.inbox.clear(),
            c.Listen: lambda here, command: self.inbox.append(e.SpeechHeard(_CALL, command.token)),
            c.RecordMessage: self._records,
            c.FetchUrl: self._fetches,
            c.FindContact: self._finds,
            c.Notify: lambda here, command: here.told.append(
                f"tells {secrets.URL.hide(command.to)}: {command.text[:80]}"
            ),
            c.DialOut: lambda here, command: self.inbox.append(e.PartyAnswered(_CALL)),
            c.FindRoom: lambda here, command: self.inbox.append(
                e.RoomFound(_CALL, command.token, RoomEntry(_ROOM, number=command.number))
            ),
            c.JoinConference: lambda here, command: self.inbox.append(e.ConferenceJoined(_CALL)),
            c.OfferCall: lambda here, command: self.inbox.append(e.AgentAnswered(_CALL, command.agents[0])),
        }

    # -- what happens ------------------------------------------------------------------------------------

    def call_enters(self, did: str, caller: str, customer: str) -> None:
        """Let the call in, and carry on until its route has done its work."""
        for queue in self.world.queues:
            figures = self.assumed.figures.get(queue, FIGURES)
            self.world.assumed_figures[queue] = {name: f"{value:g}" for name, value in figures.items()}
        name = self.assumed.variables.get("caller_name", "")
        event: e.Event | None = e.CallEntered(_CALL, did, caller, name, customer)
        for _ in range(MOST_EVENTS):
            if event is None or len(self.passed) > MOST_STEPS:
                return
            self.handle(event)
            event = self._next()

    def handle(self, event: e.Event) -> None:
        self.said_from = [(0, self.passed[-1])] if self.passed else []
        for index, command in enumerate(self.engine.handle(event, self.now)):
            react = self.reactions.get(type(command))
            if react is not None and self.said_from:
                react(next(here for start, here in reversed(self.said_from) if start <= index), command)

    def _entered(self, turn: Turn) -> str | None:
        """Record a block that the engine enters, and return the exit that is assumed; see `World.rehearsal`."""
        if self.call is None:
            self.call = turn.call
            for name, text in self.assumed.variables.items():
                variables.assign(turn.call.variables, name, text)
        block, kind = turn.block, EVERY_TYPE[turn.block.type]
        exit = self.assumed.exits.get(block.id)
        assumed = exit in kind.exits_of(block.settings)
        here = _Passed(block, turn.call.route or "", turn.world.now, kind.reason(turn), assumed)
        self.passed.append(here)
        self.said_from.append((len(turn.world.out), here))
        return exit if assumed else kind.likeliest(block.settings)

    def _next(self) -> e.Event | None:
        """Return the next event; None: the route has done its work."""
        call = self.world.calls.get(_CALL)
        if call is None or call.closing is not None or call.phase in _OVER:
            return None
        if (digit := self._digit(call)) is not None:
            self.inbox.clear()
            return e.DigitPressed(_CALL, digit)
        if not self.inbox and call.phase is _P.QUEUED:
            self._answer_in_queue(call)
        if self.inbox:
            return self.inbox.popleft()
        return None if call.phase is _P.CONFERENCE else self._timer()

    def _digit(self, call: Call) -> str | None:
        """Return the digit that the caller presses now. While they wait in a queue, they press one digit, and only if
        nothing is assumed of the queue."""
        here = self.passed[-1]
        waits = call.phase is _P.QUEUED and call.queue not in self.assumed.queues and not here.digits
        if not waits and call.phase not in _ASKS:
            return None
        digit = next(self.digits, None)
        here.digits += digit or ""
        return digit

    def _answer_in_queue(self, call: Call) -> None:
        """Let an agent become free for the caller, unless it is assumed that they wait in vain."""
        here, queue = self.passed[-1], self.world.queue_of(call)
        if queue is not None and not here.answered and self.assumed.queues.get(queue.config.id) != "timeout":
            here.answered = True
            self.inbox += answering(queue.config, call.needs)

    def _timer(self) -> e.Event | None:
        due = min(((at, timer) for timer, at in self.engine.timers.items()), default=None)
        if due is None:
            return None
        self.now = max(self.now, due[0])
        return e.TimerFired(due[1])

    # -- what the engine commands ------------------------------------------------------------------------

    def _plays(self, here: _Passed, command: c.Play) -> None:
        self.inbox.append(e.PlaybackFinished(_CALL, command.token))
        call = self.world.calls[_CALL]
        farewell = call.closing is not None and call.path[-1].exit is not None
        if call.phase is _P.PLAYING and not farewell and not here.told:
            here.told.append(_described(command))

    def _records(self, here: _Passed, command: c.RecordMessage) -> None:
        mailbox = self.world.calls[_CALL].memory["mailbox"]
        if mailbox["kind"] != OF_CALL:
            here.told.append(f"the message is for {mailbox['kind']} {mailbox['id']}")
        self.inbox.append(e.MessageRecorded(_CALL, command.token, command.file, MESSAGE_SECONDS))

    def _fetches(self, here: _Passed, command: c.FetchUrl) -> None:
        reply = self.assumed.fetched.get(here.block.id, {})
        here.told.append(secrets.URL.hide(command.url))
        self.inbox.append(e.UrlFetched(_CALL, command.token, reply is not None, values=dict(reply or {})))

    def _finds(self, here: _Passed, command: c.FindContact) -> None:
        contact = self.assumed.contact
        here.told.append("no contact has the number" if contact is None else "a contact has the number")
        self.inbox.append(e.ContactFound(_CALL, command.token, None if contact is None else {**contact}))

    # -- what came of it ---------------------------------------------------------------------------------

    def steps(self) -> Iterator[DryStep]:
        """Yield the engine's own path of the call, with the reasons."""
        path = [] if self.call is None else self.call.path
        told = self.passed[:MOST_STEPS]
        for here, visit, after in zip(told, path, [*self.passed[1:], None], strict=False):
            why = self._why(here, visit.exit, visit.reason)
            if visit.exit is not None and visit.exit not in here.block.exits:
                beyond = "a farewell, then the call ends" if after is None else f"on to {after.block.type}"
                why += f"; the exit leads nowhere: {beyond}"
            yield DryStep(here.block.id, here.block.type, visit.exit, why, here.route)

    def _why(self, here: _Passed, exit: str | None, denied: str) -> str:
        if here.assumed:
            return "as was assumed"
        digits = [f"{here.digits} is pressed"] if here.digits else []
        told = [here.reason] if here.reason else []
        told += [*here.told, *digits]
        if denied:
            return "; ".join([*told, denied])
        if not here.reason:
            told.append(self._lead(here, exit))
        return "; ".join(dict.fromkeys(part for part in told if part))

    def _lead(self, here: _Passed, exit: str | None) -> str:
        """Return what makes a call take the exit, in the words of the block type."""
        kind, at = EVERY_TYPE[here.block.type], datetime.fromtimestamp(here.at, UTC)
        limits = ((str(id), queue.config.max_wait) for id, queue in self.world.queues.items())
        longest = {id: limit for id, limit in limits if limit is not None}
        look = Look(here.block, kind.settings, {}, {0: at}, max_wait=longest)
        return next((way.lead for way in kind.ways(look) if way.exit == exit), "")


def _described(command: c.Play) -> str:
    """Return `plays hello, "Good morning"`, or `says "Good morning"` if nothing else is heard."""
    texts = {prompt.sound: prompt.text for prompt in command.prompts}
    heard = [f'"{texts[sound]}"' if sound in texts else sound for sound in command.sounds]
    return f"{'says' if len(texts) == len(heard) else 'plays'} {', '.join(heard)}"
