"""The engine reads a snapshot of the first release, and its calls go on."""

import json
from pathlib import Path

import pytest

from routing import commands as c
from routing import events as e
from routing.engine import Engine
from routing.ids import AgentId, CallId
from tests.support.routing.story import hex_id

pytestmark = pytest.mark.unit

FIRST = Path(__file__).parents[2] / "fixtures/snapshot-1.json"
"""A queue (wrap-up 30 s) with Ann, who talks, three callers waiting and one in a menu. Made by the first release."""
ANN, TALKING, NEXT = AgentId(hex_id(2, 1)), CallId(hex_id(7, 1)), CallId(hex_id(7, 2))


def first_release() -> tuple[Engine, float]:
    data = json.loads(FIRST.read_text())
    return Engine.restore(data), data["now"]


def test_callers_keep_their_places_and_are_served() -> None:
    engine, now = first_release()
    [queue] = engine.queue_ids()
    view = engine.queue(queue, now)
    assert view is not None
    assert [waiting.call for waiting in view.waiting] == [CallId(hex_id(7, n)) for n in (2, 3, 4)]
    agent = engine.agent(ANN)
    assert agent is not None
    assert (agent.state, agent.call) == ("OnCall", TALKING)
    engine.handle(e.AgentLegEnded(TALKING, ANN), now + 1)
    engine.handle(e.CallHungUp(TALKING), now + 1)
    [wrap_up] = [timer for timer in engine.timers if timer.startswith(ANN)]
    said = engine.handle(e.TimerFired(wrap_up), now + 31)
    [offer] = [command for command in said if isinstance(command, c.OfferCall)]
    assert (offer.call, offer.agents) == (NEXT, (ANN,))


def test_every_call_ends_and_leaves_nothing() -> None:
    engine, now = first_release()
    records = []
    for call in engine.call_ids():
        if call == TALKING:
            engine.handle(e.AgentLegEnded(call, ANN), now + 1)
        said = engine.handle(e.CallHungUp(call), now + 1)
        records += [command.record["id"] for command in said if isinstance(command, c.LogCall)]
    assert len(records) == 5
    assert engine.call_ids() == []
    assert [timer for timer in engine.timers if not timer.startswith(ANN)] == []


def test_callers_who_wait_have_stays() -> None:
    """The first release kept none. What began before today's figures are known comes from the database."""
    engine, now = first_release()
    [queue] = engine.queue_ids()
    before = engine.queue(queue, now)
    assert before is not None
    assert (before.today.offered, before.today.waiting) == (3, 3)
    records = []
    for number in (2, 3, 4):
        said = engine.handle(e.CallHungUp(CallId(hex_id(7, number))), now + 10)
        records += [command.record for command in said if isinstance(command, c.LogCall)]
    stays = [stay for record in records for stay in record["stays"]]
    assert [(stay["queue"], stay["outcome"]) for stay in stays] == [(queue, "abandoned")] * 3
    assert all(stay["wait"] >= 10.0 for stay in stays)
    engine.handle(
        e.StaysCounted(queue, now - now % 86_400, (("answered", 5.0, False, 2, 60.0, 0.0),)), now + 11
    )
    after = engine.queue(queue, now + 11)
    assert after is not None
    assert (after.today.offered, after.today.answered, after.today.abandoned) == (5, 2, 3)


def test_the_next_snapshot_is_the_same_after_another_start() -> None:
    """What the first release did not write is completed once."""
    engine, _ = first_release()
    image = engine.snapshot()
    assert Engine.restore(image).snapshot() == image
