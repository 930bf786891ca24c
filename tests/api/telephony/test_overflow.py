"""A queue's overflow over HTTP: what it may name, how it is written, and what it protects from being deleted."""

from typing import Any
from uuid import UUID

import pytest

from models import CallRoute, Department, Queue
from switchroom.ids import new_id
from tests.support.api.client import Person
from tests.support.api.world import World, pid

pytestmark = pytest.mark.service


def save(world: World, queue: Queue, overflow: Any, person: Person | None = None) -> Any:
    path = f"/CCQueueConfig/{pid(queue)}"
    return world.call(person or world.admin, "PATCH", path, json={"overflow": overflow})


def to(type: str, **settings: Any) -> dict[str, Any]:
    return {"type": type, "settings": settings}


def stored(world: World, queue: Queue) -> Any:
    found = world.api.get(Queue, queue.id)
    assert found is not None
    return found.overflow


def route(world: World) -> CallRoute:
    blocks = {"bye": {"type": "hangup", "settings": {}, "exits": {}}}
    made = CallRoute(team_id=world.team.id, name="Night", entry="bye", blocks=blocks)
    world.api.add(made)
    return made


def department(world: World, team: str | None = None) -> Department:
    made = Department(team_id=team or world.team.id, name="Support", ring_type="simultaneous")
    world.api.add(made)
    return made


def test_every_kind_of_reference_is_taken_in_any_spelling(any_world: World) -> None:
    world = any_world
    queue, other, agent = world.queue(), world.queue("Other"), world.agent()
    assert world.member.member is not None
    sent: list[tuple[str, str, str, str]] = [
        ("queue", "queue", pid(other), other.id),
        ("queue", "queue", str(UUID(other.id)), other.id),
        ("queue", "queue", queue.id, queue.id),
        ("agent", "agent", pid(agent), agent.id),
        ("user", "user", world.member.id, world.member.user.id),
        ("user", "user", pid(world.member.member), world.member.user.id),
        ("department", "department", (made := department(world).id), made),
        ("route", "route", (night := route(world).id), night),
        ("callback", "queue", pid(other), other.id),
    ]
    for type, name, id, inner in sent:
        answer = save(world, queue, to(type, **{name: id}))
        assert answer.status_code == 200, (type, answer.text)
        assert answer.json()["overflow"] == to(type, **{name: f"a{inner}"})
        assert stored(world, queue) == to(type, **{name: inner})


@pytest.mark.parametrize(
    "overflow",
    [
        None,
        to("hangup"),
        to("hangup", sound={"say": "Try again later, {caller}."}),
        to("number", number="+14165550188"),
        to("block", block="mail"),
    ],
)
def test_overflows_that_name_nothing(world: World, overflow: Any) -> None:
    queue = world.queue()
    answer = save(world, queue, overflow)
    assert (answer.status_code, answer.json()["overflow"]) == (200, overflow)
    body = {"team": world.admin.team, "name": "Made", "overflow": overflow}
    made = world.call(world.admin, "POST", "/CCQueueConfig", json=body)
    assert (made.status_code, made.json()["overflow"]) == (201, overflow)


def test_a_mailbox_of_the_team_of_a_queue_and_of_a_member(world: World) -> None:
    queue = world.queue()
    assert world.member.member is not None
    boxes = [
        ({"kind": "team", "id": world.admin.team}, world.team.id),
        ({"kind": "queue", "id": pid(queue)}, queue.id),
        ({"kind": "user", "id": pid(world.member.member)}, world.member.user.id),
    ]
    for mailbox, inner in boxes:
        answer = save(world, queue, to("voicemail", mailbox=mailbox))
        assert answer.status_code == 200, answer.text
        assert stored(world, queue) == to("voicemail", mailbox={**mailbox, "id": inner})


@pytest.mark.parametrize(
    ("overflow", "fields"),
    [
        (to("menu"), {"overflow.type"}),
        (to("queue"), {"overflow.settings.queue"}),
        (to("queue", queue="a" + "0" * 32), {"overflow.settings.queue"}),
        (to("number", number="12", volume=11), {"overflow.settings.number", "overflow.settings.volume"}),
        (to("block", block="a b"), {"overflow.settings.block"}),
        (to("voicemail", mailbox={"kind": "team", "id": new_id()}), {"overflow.settings.mailbox"}),
    ],
)
def test_everything_that_is_wrong_is_named(world: World, overflow: Any, fields: set[str]) -> None:
    queue = world.queue()
    answer = save(world, queue, overflow)
    assert (answer.status_code, answer.json()["errorType"]) == (400, "validation")
    assert set(answer.json()["response"]) == fields
    assert stored(world, queue) is None
    body = {"team": world.admin.team, "name": "Made", "overflow": overflow}
    made = world.call(world.admin, "POST", "/CCQueueConfig", json=body)
    assert (made.status_code, set(made.json()["response"])) == (400, fields)
    assert world.engine.commands() == []


def test_nothing_of_another_team_can_be_named(world: World) -> None:
    queue, theirs = world.queue(), world.stranger.team[1:]
    foreign = Queue(team_id=theirs, name="Theirs")
    world.api.add(foreign)
    named = {
        "queue": to("queue", queue=pid(foreign)),
        "user": to("user", user=world.stranger.id),
        "department": to("department", department=pid(department(world, theirs))),
        "mailbox": to("voicemail", mailbox={"kind": "team", "id": world.stranger.team}),
    }
    for field, overflow in named.items():
        answer = save(world, queue, overflow)
        assert answer.status_code == 400
        assert set(answer.json()["response"]) == {f"overflow.settings.{field}"}


def test_what_an_overflow_names_is_not_deleted(any_world: World) -> None:
    world = any_world
    queue, other, agent = world.queue(), world.queue("Other"), world.agent()
    targets = [
        ("queue", f"/CCQueueConfig/{pid(other)}", pid(other)),
        ("agent", f"/CCAgentConfig/{pid(agent)}", pid(agent)),
        ("department", f"/department/{pid(made := department(world))}", pid(made)),
        ("route", f"/callroute/{pid(night := route(world))}", pid(night)),
    ]
    for type, path, id in targets:
        assert save(world, queue, to(type, **{type: id})).status_code == 200
        refused = world.call(world.admin, "DELETE", path)
        assert (refused.status_code, refused.json()["errorType"]) == (409, "conflict")
        assert refused.json()["response"]["queues"] == [{"id": pid(queue), "name": "Sales"}]
    assert save(world, queue, to("voicemail", mailbox={"kind": "queue", "id": pid(other)})).status_code == 200
    assert world.call(world.admin, "DELETE", targets[0][1]).status_code == 409
    assert save(world, queue, None).status_code == 200
    for _, path, _ in targets:
        assert world.call(world.admin, "DELETE", path).status_code == 200


def test_a_queue_that_overflows_into_itself_can_go(world: World) -> None:
    queue = world.queue()
    assert save(world, queue, to("queue", queue=pid(queue))).status_code == 200
    assert world.call(world.admin, "DELETE", f"/CCQueueConfig/{pid(queue)}").status_code == 200


def test_an_agent_that_a_route_rings_is_not_deleted(world: World) -> None:
    agent = world.agent()
    blocks = {"kate": {"type": "agent", "settings": {"agent": agent.id}, "exits": {}}}
    made = CallRoute(team_id=world.team.id, name="Direct", entry="kate", blocks=blocks)
    world.api.add(made)
    refused = world.call(world.admin, "DELETE", f"/CCAgentConfig/{pid(agent)}")
    assert refused.status_code == 409
    assert refused.json()["response"]["routes"] == [{"id": pid(made), "name": "Direct"}]
