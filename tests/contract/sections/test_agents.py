"""The section `agents` of the contract, with the document's own bodies."""

import pytest

from tests.contract.sections.driving import drive
from tests.support.api.world import World, pid

pytestmark = pytest.mark.service


@pytest.mark.operation("create-agent")
def test_create_agent(any_world: World) -> None:
    world, body = any_world, {"user": any_world.member.id, "name": "Kate"}
    refused = {"strangers": (400, 404), "guests": (400, 403, 404)}
    made = drive(world, world.admin, "POST", "/CCAgentConfig", 201, json=body, **refused)
    assert (made["name"], made["user"], made["team"]) == ("Kate", world.member.id, world.admin.team)


@pytest.mark.operation("set-agent-status")
def test_set_agent_status(any_world: World) -> None:
    world, queue = any_world, any_world.queue()
    agent = world.agent(None, "Kate", queue)
    body = {"queueId": pid(queue), "status": "Available"}
    drive(world, world.member, "POST", f"/CCAgentConfig/{pid(agent)}/setstatus", json=body)
    sent = world.engine.commands()[-1]
    assert (sent["agent"], sent["queue"], sent["status"]) == (agent.id, queue.id, "Available")


@pytest.mark.operation("get-agent-live", "get-agent")
def test_get_agent(any_world: World) -> None:
    world, queue = any_world, any_world.queue()
    agent = world.agent(None, "Kate", queue)
    world.engine.beats()
    path = f"/CCAgentConfig/{pid(agent)}"
    found = drive(world, world.member, "GET", f"{path}?populate=queues,user")
    assert (found["user"]["id"], [it["id"] for it in found["queues"]]) == (world.member.id, [pid(queue)])
    live = drive(world, world.member, "GET", f"{path}/live")
    assert [it["queue"] for it in live["queues"]] == [pid(queue)]


@pytest.mark.operation("list-user-agents")
def test_list_agents_of_a_user(any_world: World) -> None:
    world, agent = any_world, any_world.agent()
    assert world.member.member is not None
    for id in (world.member.id, pid(world.member.member)):
        path = f"/TeamUser/{id}/CCAgentConfig?populate=queues"
        listed = drive(world, world.member, "GET", path, strangers=(404,), guests=(404,))
        assert [it["id"] for it in listed] == [pid(agent)]


@pytest.mark.operation("update-agent")
def test_update_agent(any_world: World) -> None:
    world = any_world
    path = f"/CCAgentConfig/{pid(world.agent())}"
    body = {"name": "Ursula@calling"}
    assert drive(world, world.admin, "PATCH", path, json=body)["name"] == "Ursula@calling"


@pytest.mark.operation("delete-agent")
def test_delete_agent(any_world: World) -> None:
    world = any_world
    path = f"/CCAgentConfig/{pid(world.agent())}"
    drive(world, world.admin, "DELETE", path)
    assert world.call(world.admin, "GET", path).status_code == 404
