"""The rules of the phases. Every pair of phase and event has a rule, and an ignored event changes nothing."""

from collections.abc import Callable, Iterator
from dataclasses import fields
from typing import Any

import pytest

from routing import commands as c
from routing import events as e
from routing.calls.hangup import MEDIA_LOST
from routing.config import Strategy
from routing.events import AgentStatus, LegFailure, LiveCall, LivePhase
from routing.handlers.meanings import ACTS
from routing.ids import CallId, RouteId, TimerPurpose
from routing.routes.document import parse_route
from routing.state.phases import GUARDS, MOVES, CallPhase
from routing.state.rules import (
    BY_DETAIL,
    CALL_EVENTS,
    CALL_TIMERS,
    NO_CALLS_BUSINESS,
    RULES,
    Happening,
    Ignored,
    Meaning,
)
from routing.state.world import timer_id
from tests.support.routing import calling_back
from tests.support.routing.phone_calls import member
from tests.support.routing.story import CALLER, DID, TEAM, Story, block, hex_id

pytestmark = pytest.mark.unit
P = CallPhase
PHASES: list[CallPhase | None] = [None, *CallPhase]


def name(what: Happening) -> str:
    return what.__name__ if isinstance(what, type) else repr(what)


def happenings() -> Iterator[Happening]:
    """Everything that can happen to a call, worked out from the classes and the enumerations."""
    for kind in e.EVENTS:
        if kind not in NO_CALLS_BUSINESS and kind not in BY_DETAIL:
            yield kind
    of_others = {TimerPurpose.WRAP_UP, TimerPurpose.BACKOFF, TimerPurpose.LAPSE, TimerPurpose.OFFER}
    yield from (p for p in TimerPurpose if p not in {*of_others, TimerPurpose.CALLBACK_RETRY})
    yield from (it for it in c.COMMANDS.values() if "call" in {field.name for field in fields(it)})
    yield from LivePhase


def test_every_pair_of_a_phase_and_a_happening_has_a_rule() -> None:
    missing = [
        f"{phase} x {name(what)}"
        for phase in PHASES
        for what in happenings()
        if not isinstance(RULES.get(phase, {}).get(what), Meaning | Ignored)
    ]
    assert missing == []


def test_the_rules_name_nothing_else() -> None:
    assert set(RULES) == set(PHASES)
    known = set(happenings())
    assert [name(what) for row in RULES.values() for what in row if what not in known] == []


def test_every_phase_says_what_follows() -> None:
    assert set(MOVES) == set(CallPhase)
    assert set(GUARDS) <= set(CallPhase)


def test_every_call_event_names_its_call() -> None:
    assert [kind.__name__ for kind in CALL_EVENTS if "call" not in kind.__dataclass_fields__] == []


def test_every_meaning_is_used_and_has_a_function() -> None:
    used = {rule for row in RULES.values() for rule in row.values()}
    assert [rule.name for rule in (*Meaning, *Ignored) if rule not in used] == []
    assert [meaning.name for meaning in Meaning if meaning not in ACTS] == []
    assert [rule.name for rule in Ignored if rule in ACTS] == []


# -- what is ignored changes nothing -----------------------------------------------------------------------------


def offered(story: Story, **settings: Any) -> CallId:
    ann = story.agent("ann")
    story.number(queue=story.queue(ann, **settings).id)
    return story.calls_in().id


def at(story: Story, kind: str, exits: dict[str, str] | None = None, **settings: Any) -> CallId:
    """A call in a block, behind the sounds with which it begins."""
    story.agent("ann")
    blocks = {"it": block(kind, exits, **settings)} | ({"bye": block("hangup")} if exits else {})
    document = {"name": "Route", "entry": "it", "blocks": blocks}
    route = parse_route(document, id=RouteId(hex_id(6, 1)), team=TEAM, version=1)
    story.configure(route)
    story.number(route=route.id)
    return story.calls_in().id


def playing(story: Story) -> CallId:
    return at(story, "play", {"next": "bye"}, sound="hello")


def collecting(story: Story) -> CallId:
    id = at(story, "menu", {"1": "bye"}, sound="hello")
    story.calls[id].listens()
    return id


def listening(story: Story) -> CallId:
    id = at(story, "menu", {"1": "bye"}, sound="hello", speech={"sales": "1"})
    story.calls[id].listens()
    return id


def recording(story: Story) -> CallId:
    id = at(story, "voicemail", {"next": "bye"}, mailbox={"kind": "team", "id": TEAM})
    story.calls[id].listens()
    return id


def fetching(story: Story) -> CallId:
    return at(story, "fetch", {"next": "bye", "failed": "bye"}, url="https://example.com/x")


def queued(story: Story) -> CallId:
    ann = story.agent("ann")
    story.number(queue=story.queue(ann, comfort_sounds=("one",)).id)
    ann.sets(AgentStatus.BREAK)
    return story.calls_in().id


def withdrawing(story: Story) -> CallId:
    id = offered(story, max_wait=10)
    story.advance(10)
    return id


def talking(story: Story) -> CallId:
    ann, bob = story.agents("ann", "bob")
    story.number(queue=story.queue(ann, bob, strategy=Strategy.RING_ALL).id)
    id = story.calls_in().id
    ann.answers()
    return id


def dialing(story: Story) -> CallId:
    story.may_dial()
    return at(story, "number", {"failed": "bye"}, number="+14165550177")


def connected(story: Story) -> CallId:
    id = dialing(story)
    story.happens(e.PartyAnswered(id))
    return id


def held(story: Story) -> CallId:
    id = talking(story)
    story.happens(e.HoldRequested(id))
    return id


def parked(story: Story) -> CallId:
    id = talking(story)
    story.happens(e.ParkRequested(id))
    story.happens(e.AgentLegEnded(id, next(iter(story.people))))
    story.happens(e.CallReturned(id))
    return id


def stranded(story: Story) -> CallId:
    id = talking(story)
    story.happens(e.AgentLegEnded(id, next(iter(story.people)), MEDIA_LOST))
    story.happens(e.CallReturned(id))
    return id


def supervising(story: Story) -> CallId:
    ann, bob = member(story, "ann"), member(story, "bob")
    story.number(queue=story.queue(ann).id)
    call, id = story.calls_in(), CallId(hex_id(7, 50))
    story.happens(e.AgentAnswered(call.id, ann.id))
    story.happens(e.SuperviseRequested(call.id, e.Supervision.MONITOR, bob.config.user, id))
    story.happens(e.CallbackAnswered(id))
    return id


def conference(story: Story) -> CallId:
    id = at(story, "conference", room="a")
    story.calls[id].enters_room()
    return id


def calling(story: Story) -> CallId:
    story.manual = False
    id = calling_back.rung(story)[0].id
    story.manual = True
    return id


def returning(story: Story) -> CallId:
    id = talking(story)
    ann = next(iter(story.people.values()))
    story.happens(e.AgentLegEnded(id, ann.id))
    return id


def ending(story: Story) -> CallId:
    id = offered(story)
    story.happens(e.HangUpRequested(id))
    return id


def ended(story: Story) -> CallId:
    id = offered(story)
    story.happens(e.CallHungUp(id))
    return id


def routing(story: Story) -> CallId:
    id = playing(story)
    world = story.engine._world
    world.place(world.calls[id], P.ROUTING)
    world.cancel_timer(id, TimerPurpose.GUARD)
    world.flush()
    return id


def nowhere(story: Story) -> CallId:
    story.agent("ann")
    return CallId(hex_id(7, 99))


BRINGS: dict[CallPhase | None, Callable[[Story], CallId]] = {
    None: nowhere,
    P.ROUTING: routing,
    P.PLAYING: playing,
    P.COLLECTING: collecting,
    P.LISTENING: listening,
    P.RECORDING: recording,
    P.FETCHING: fetching,
    P.QUEUED: queued,
    P.OFFERING: offered,
    P.WITHDRAWING: withdrawing,
    P.TALKING: talking,
    P.DIALING: dialing,
    P.CONNECTED: connected,
    P.HELD: held,
    P.PARKED: parked,
    P.STRANDED: stranded,
    P.CONFERENCE: conference,
    P.SUPERVISING: supervising,
    P.CALLING: calling,
    P.RETURNING: returning,
    P.ENDING: ending,
    P.ENDED: ended,
}


def tells(story: Story, what: Happening, id: CallId) -> e.Event:
    """The event, made to fit as well as it can: with the token that is awaited and an agent who exists."""
    call = story.engine._world.calls.get(id)
    given: dict[str, Any] = {
        "call": id,
        "token": 1 if call is None else call.awaiting or call.announcing or call.token,
        "agent": next(iter(story.people)),
        "digit": "1",
        "phone": "phone1",
        "dialled": "101",
        "member": hex_id(8, 1),
        "did": DID,
        "caller": CALLER,
        "file": "x",
        "seconds": 1.0,
        "ok": True,
        "reason": LegFailure.NO_ANSWER,
        "talking": True,
        "muted": True,
        "phase": what,
        "side": e.Side.PARTY,
        "held": True,
        "wanted": e.Wanted.ON,
        "to": e.Destination("queue", hex_id(4, 1)),
        "of": hex_id(7, 77),
        "other": hex_id(7, 79),
        "by": hex_id(3, 1),
        "by_call": hex_id(7, 78),
        "mode": e.Supervision.MONITOR,
        "digits": "12",
    }
    if isinstance(what, TimerPurpose):
        return e.TimerFired(timer_id(id, what))
    if isinstance(what, LivePhase):
        return resync(story, LiveCall(id, what, DID, CALLER))
    if what in c.CALL_COMMANDS:
        return e.CommandFailed(id, what.__name__, "no")
    event: e.Event = what(**{key: value for key, value in given.items() if key in what.__dataclass_fields__})  # type: ignore[assignment]
    return event


def resync(story: Story, *calls: LiveCall) -> e.StateResynced:
    phones = [
        e.PhoneStateChanged(name, it.registered, it.busy) for name, it in story.engine._world.phones.items()
    ]
    return e.StateResynced(calls, tuple(phones), lost_calls=())


@pytest.mark.parametrize("phase", PHASES, ids=str)
def test_what_is_ignored_changes_nothing(phase: CallPhase | None) -> None:
    story = Story(manual=True)
    id = BRINGS[phase](story)
    world = story.engine._world
    assert phase == (world.calls[id].phase if id in world.calls else None)
    usual = story.happens(resync(story))
    before = story.engine.snapshot()
    for what, rule in RULES[phase].items():
        if isinstance(rule, Meaning):
            continue
        if isinstance(what, TimerPurpose):
            assert what in CALL_TIMERS
            assert not world.runs(id, what), f"{phase}: the timer {what} runs, and is ignored"
            world.start_timer(id, what, story.now)
            world.flush()
        said = story.happens(tells(story, what, id))
        assert said == (usual if isinstance(what, LivePhase) else []), f"{phase} x {name(what)}"
        assert story.engine.snapshot() == before, f"{phase} x {name(what)}"
