"""Events that Asterisk really sends late, twice or in the wrong order."""

import random
from collections.abc import Callable
from typing import Any

import pytest

from routing import commands as c
from routing import events as e
from routing.config import Strategy
from routing.engine import Engine
from routing.errors import RoutingError, UnknownEvent
from routing.events import LegFailure
from routing.ids import TimerId
from tests.support.routing.story import Caller, HangUpOrder, Person, Story, block

pytestmark = pytest.mark.unit


@pytest.fixture
def manual() -> Story:
    return Story(manual=True)


def offered(story: Story, count: int = 1, **settings: Any) -> tuple[Caller, list[Person]]:
    people = [story.agent(f"a{n}") for n in range(count)]
    story.number(queue=story.queue(*people, **settings).id)
    return story.calls_in(), people


def test_an_answer_after_the_caller_hung_up_only_holds_the_phone(manual: Story) -> None:
    call, (ann,) = offered(manual)
    manual.happens(e.CallHungUp(call.id))
    manual.happens(e.AgentAnswered(call.id, ann.id))
    assert ann.state == "Ringing"
    manual.happens(e.AgentLegEnded(call.id, ann.id))
    assert ann.state == "Available"
    assert (call.record["disposition"], call.record["agent"]) == ("abandoned", None)


def test_a_second_answer_in_ring_all_gets_no_caller(manual: Story) -> None:
    call, (ann, bob) = offered(manual, 2, strategy=Strategy.RING_ALL)
    manual.happens(e.AgentAnswered(call.id, ann.id))
    manual.happens(e.AgentAnswered(call.id, bob.id))
    view = manual.engine.call(call.id)
    assert view is not None
    assert view.agent == ann.id
    assert bob.state == "Ringing"
    manual.happens(e.AgentLegEnded(call.id, bob.id))
    assert (call.phase, bob.state) == ("talking", "Available")


def test_a_ring_that_never_ends_frees_the_agent_by_the_guard(manual: Story) -> None:
    call, (ann, bob) = offered(manual, 2, strategy=Strategy.RING_ALL)
    manual.happens(e.AgentAnswered(call.id, ann.id))
    manual.advance(15)
    assert (call.phase, bob.state) == ("talking", "Available")


def test_an_answer_to_an_offer_that_is_over_is_ignored(manual: Story) -> None:
    call, (ann,) = offered(manual)
    manual.advance(5)
    manual.happens(e.OfferFailed(call.id, ann.id, LegFailure.UNREACHABLE))
    call.returns()
    assert not manual.happens(e.AgentAnswered(call.id, ann.id))
    assert call.phase == "queued"


def test_an_answer_beats_the_withdrawal(manual: Story) -> None:
    call, (ann,) = offered(manual, max_wait=10)
    manual.advance(10)
    assert call.phase == "withdrawing"
    manual.happens(e.AgentAnswered(call.id, ann.id))
    assert (call.phase, ann.state) == ("talking", "OnCall")


def test_everything_about_a_dead_call_is_ignored(manual: Story) -> None:
    call, (ann,) = offered(manual)
    manual.happens(e.CallHungUp(call.id))
    manual.happens(e.OfferFailed(call.id, ann.id, LegFailure.CALLER_GONE))
    assert call.phase == "over"
    late: list[e.Event] = [
        e.CallHungUp(call.id),
        e.DigitPressed(call.id, "1"),
        e.PlaybackFinished(call.id, 1),
        e.MessageRecorded(call.id, 1, "x", 1.0),
        e.PhoneRang(call.id, ann.id),
        e.AgentAnswered(call.id, ann.id),
        e.AgentLegEnded(call.id, ann.id),
        e.CallReturned(call.id),
        e.CommandFailed(call.id, "Play", "gone"),
        e.HangUpRequested(call.id),
        e.PartyAnswered(call.id),
        e.PartyFailed(call.id, LegFailure.BUSY),
        e.PartyLegEnded(call.id),
        e.TimerFired(TimerId(f"{call.id}:guard")),
    ]
    for event in late:
        assert manual.happens(event) == []


def test_a_stale_playback_token_is_ignored(manual: Story) -> None:
    manual.route(
        "a",
        a=block("play", {"next": "b"}, sound="beep"),
        b=block("play", {"next": "c"}, sound="hello"),
        c=block("hangup"),
    )
    call = manual.calls_in()
    call.listens()
    assert manual.happens(e.PlaybackFinished(call.id, 1)) == []
    assert call.hears("hello")


def test_a_hang_up_that_asterisk_does_not_confirm_is_sent_again_then_believed(manual: Story) -> None:
    call, _ = offered(manual)
    manual.happens(e.HangUpRequested(call.id))
    manual.advance(100)
    assert len(manual.all(c.HangUp)) == 4
    assert call.phase == "over"
    assert call.record["ended_by"] == "system"


def test_an_offer_without_any_report_is_called_off_by_the_guard(manual: Story) -> None:
    call, (ann,) = offered(manual, ring_timeout=20)
    manual.advance(35)
    assert manual.last(c.WithdrawOffer).agents == (ann.id,)
    assert call.phase == "queued"


def test_a_refused_offer_is_tried_again_after_a_moment(manual: Story) -> None:
    call, _ = offered(manual)
    manual.happens(e.CommandFailed(call.id, "OfferCall", "no"))
    assert call.phase == "queued"
    manual.advance(11)
    assert len(call.offers) == 2


@pytest.mark.parametrize("steps", range(5))
def test_the_caller_may_hang_up_in_every_phase(any_order: Story, steps: int) -> None:
    story = any_order
    ann = story.agent("ann")
    queue = story.queue(ann, wrap_up=5)
    story.route("menu", menu=block("menu", {"1": "q"}, sound="hello"), q=block("queue", queue=queue.id))
    call = story.calls_in()
    acts: list[Callable[[], None]] = [
        call.listens,
        lambda: call.presses("1"),
        lambda: story.advance(3),
        ann.answers,
    ]
    for act in acts[:steps]:
        act()
    call.hangs_up()
    assert call.phase == "over"
    unannounced_end_of_talk = ann.id in [leg["agent"] for leg in call.record["legs"] if leg["answered_at"]]
    looks_like_the_agent = unannounced_end_of_talk and story.order is HangUpOrder.LEGS_FIRST
    assert call.record["ended_by"] == ("agent" if looks_like_the_agent else "caller")
    story.advance(5)
    assert not story.engine.timers


def test_what_is_no_event_is_refused() -> None:
    engine = Engine(random.Random(1))
    before = engine.snapshot()
    with pytest.raises(UnknownEvent):
        engine.handle("hello", 1.0)
    assert issubclass(UnknownEvent, RoutingError)
    assert engine.snapshot() == before


def test_the_caller_hung_up_though_the_agents_leg_ends_first(story: Story) -> None:
    ann = story.agent("Ann")
    queue = story.queue(ann)
    story.number(queue=queue.id)
    call = story.calls_in()
    ann.answers()
    story.happens(e.CallerHangingUp(call.id))
    story.happens(e.AgentLegEnded(call.id, ann.id))
    story.happens(e.CallHungUp(call.id))
    assert call.record["ended_by"] == "caller"
    assert story.happens(e.CallerHangingUp(call.id)) == [], "late: the call is over"
