"""What goes on in a team now, for screens that show all of it."""

from typing import Any

import pytest

from models import Agent, QueueManager
from switchroom.ids import new_id
from tests.support.api.client import Person
from tests.support.api.world import Refuses, World, pid, standing

pytestmark = pytest.mark.service


def shows_agent(world: World, agent: Agent, **changes: object) -> None:
    world.engine.shows(
        "agent",
        {
            "agent": agent.id, "team": agent.team_id, "status": "Available", "reason": "", "since": 1_700_000_000.0,
            "state": "Available", "call": None, "registered": True, "queues": {}, **changes,
        },
    )  # fmt: skip


def shows_call(world: World, call: str, **changes: object) -> None:
    world.engine.shows(
        "call",
        {
            "call": call, "team": world.team.id, "did": "+14165550100", "caller": "+14165550199", "state": "queued",
            "queue": None, "agent": None, "started_at": 1_700_000_000.0, **changes,
        },
    )  # fmt: skip


def live(world: World, person: Person) -> Any:
    answer = world.call(person, "GET", f"/team/{world.admin.team}/live")
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_an_admin_sees_all_of_it(any_world: World) -> None:
    world = any_world
    sales, support = world.queue("Sales", call_service_good=15), world.queue("Support")
    kate = world.agent(None, "Kate", sales, support)
    adam = world.agent(world.admin, "Adam")
    call = new_id()
    shows_agent(world, kate, registered=False)
    shows_call(world, call, queue=sales.id)
    world.engine.shows("queue", {"queue": sales.id, "team": world.team.id, "waiting": [standing(call)]})
    world.engine.beats()
    found = live(world, world.admin)
    assert found["stale"] is False
    assert [(one["agent"], one["name"]) for one in found["agents"]] == [
        (pid(adam), "Adam"),
        (pid(kate), "Kate"),
    ]
    assert [set(one["queues"]) for one in found["agents"]] == [set(), {pid(sales), pid(support)}]
    assert found["agents"][0]["live"] is None
    assert found["agents"][1]["live"]["registered"] is False
    assert [(one["name"], one["call_service_good"]) for one in found["queues"]] == [
        ("Sales", 15.0),
        ("Support", support.call_service_good),
    ]
    assert found["queues"][0]["live"]["waiting"][0]["call"] == f"a{call}"
    assert [(one["id"], one["position"]) for one in found["calls"]] == [(f"a{call}", 1)]


def test_a_manager_sees_their_queues(any_world: World) -> None:
    world = any_world
    sales, support = world.queue("Sales"), world.queue("Support")
    kate, adam = world.agent(None, "Kate", support), world.agent(world.admin, "Adam", sales)
    other = new_id()
    shows_call(world, other, queue=support.id)
    mine = new_id()
    shows_call(world, mine, queue=sales.id)
    manager = world.api.person(world.team)
    world.api.add(QueueManager(queue_id=sales.id, user_id=manager.user.id))
    found = live(world, manager)
    assert [one["queue"] for one in found["queues"]] == [pid(sales)]
    assert [one["agent"] for one in found["agents"]] == [pid(adam)]
    assert [one["id"] for one in found["calls"]] == [f"a{mine}"]
    assert pid(kate) not in str(found)


def test_an_agent_sees_their_own(any_world: World) -> None:
    world = any_world
    sales, support = world.queue("Sales"), world.queue("Support")
    kate, adam = world.agent(None, "Kate", support), world.agent(world.admin, "Adam", sales, support)
    mine, other = new_id(), new_id()
    shows_call(world, mine, agent=kate.id, state="talking")
    shows_call(world, other, agent=adam.id, state="talking")
    found = live(world, world.member)
    assert found["stale"] is True
    assert [one["agent"] for one in found["agents"]] == [pid(kate)]
    assert [one["queue"] for one in found["queues"]] == [pid(support)]
    assert [one["id"] for one in found["calls"]] == [f"a{mine}"]


def test_strangers_see_nothing(world: World, refuses_outsiders: Refuses) -> None:
    refuses_outsiders("GET", f"/team/{world.admin.team}/live")
