"""The section `queues` of the contract, with the document's own bodies."""

import pytest

from models import Queue
from tests.contract.sections.driving import drive
from tests.support.api.world import World, pid

pytestmark = pytest.mark.service


@pytest.mark.operation("create-queue")
def test_create_queue(any_world: World) -> None:
    world, body = any_world, {"team": any_world.admin.team, "name": "Q3", "call_service_good": 10}
    body["managers"] = [world.member.id]
    refused = {"strangers": (400, 404), "guests": (400, 403, 404)}
    made = drive(world, world.admin, "POST", "/CCQueueConfig", 201, json=body, **refused)
    assert {name: made[name] for name in body} == body
    with world.api.session() as session:
        assert session.get_one(Queue, made["id"][1:]).call_service_good == 10


@pytest.mark.operation("get-queue", "list-team-queues")
def test_get_and_list_queues(any_world: World) -> None:
    world, queue = any_world, any_world.queue("Q3")
    agent = world.agent(None, "Kate", queue)
    found = drive(world, world.member, "GET", f"/CCQueueConfig/{pid(queue)}?populate=managers,agents")
    assert (found["id"], found["managers"], [it["id"] for it in found["agents"]]) == (
        pid(queue),
        [],
        [pid(agent)],
    )
    listed = drive(world, world.member, "GET", f"/team/{world.admin.team}/ccqueueconfig")
    assert [it["name"] for it in listed] == ["Q3"]


@pytest.mark.operation("update-queue")
def test_update_queue(any_world: World) -> None:
    world = any_world
    path = f"/CCQueueConfig/{pid(world.queue())}"
    body = {"team": world.admin.team, "strategy": "ring-progressively", "managers": [world.member.id]}
    changed = drive(world, world.admin, "PATCH", path, json=body)
    assert {name: changed[name] for name in body} == body
    assert world.call(world.member, "PATCH", path, json={"name": "Theirs"}).status_code == 200, (
        "a manager may"
    )


@pytest.mark.operation("delete-queue")
def test_delete_queue(any_world: World) -> None:
    world = any_world
    path = f"/CCQueueConfig/{pid(world.queue())}"
    assert world.call(world.member, "DELETE", path).status_code == 403
    assert drive(world, world.admin, "DELETE", path)["id"] == path.rpartition("/")[2]
    assert world.call(world.admin, "GET", path).status_code == 404


@pytest.mark.operation("add-agent-to-queue", "remove-agent-from-queue")
def test_agents_of_a_queue(any_world: World) -> None:
    world, queue, agent = any_world, any_world.queue(), any_world.agent()
    path = f"/CCQueueConfig/{pid(queue)}/agent/{pid(agent)}"
    for _twice in range(2):
        drive(world, world.admin, "POST", path, 201)
    shown = world.call(world.admin, "GET", f"/CCQueueConfig/{pid(queue)}").json()
    assert shown["agents"] == [pid(agent)]
    drive(world, world.admin, "DELETE", path)
    assert world.call(world.admin, "GET", f"/CCQueueConfig/{pid(queue)}").json()["agents"] == []
