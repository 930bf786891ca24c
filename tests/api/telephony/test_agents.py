"""Agents over HTTP: the document's examples, statuses, the messages to the engine, live views."""

from collections.abc import Callable

import pytest

from models import Agent, QueueManager
from switchroom.ids import new_id, public_id
from tests.support.api.client import Api
from tests.support.api.world import Refuses, World, pid, standing, world_of
from tests.support.servers import new_redis

pytestmark = pytest.mark.service


def view_of(agent: Agent, **changes: object) -> dict[str, object]:
    view = {
        "agent": agent.id, "team": agent.team_id, "status": "Available", "reason": "", "since": 1_700_000_000.0,
        "state": "Available", "call": None, "registered": True, "queues": {},
    }  # fmt: skip
    return {**view, **changes}


def test_create_agent_as_documented(world: World) -> None:
    answer = world.call(world.admin, "POST", "/CCAgentConfig", json={"user": world.member.id, "name": "Kate"})
    assert answer.status_code == 201
    agent = answer.json()
    assert (agent["name"], agent["user"], agent["team"]) == ("Kate", world.member.id, world.admin.team)
    assert (agent["status"], agent["queues"], agent["queue_statuses"]) == ("Offline", [], {})
    assert world.engine.commands() == [{"type": "config", "kind": "agent", "id": agent["id"][1:]}]
    again = world.call(world.admin, "POST", "/CCAgentConfig", json={"user": world.member.id, "name": "Kate"})
    assert again.status_code == 409


def test_create_agent_by_membership(world: World) -> None:
    assert world.member.member is not None
    body = {"user": pid(world.member.member), "name": "Kate", "team": world.admin.team}
    assert world.call(world.admin, "POST", "/CCAgentConfig", json=body).json()["user"] == world.member.id
    unknown = {"user": world.stranger.id, "name": "Kate"}
    assert world.call(world.admin, "POST", "/CCAgentConfig", json=unknown).status_code == 400


def test_get_agent_populated(world: World) -> None:
    queue = world.queue()
    agent = world.agent(None, "Kate", queue)
    path = f"/CCAgentConfig/{pid(agent)}"
    assert world.call(world.member, "GET", path).json()["queues"] == [pid(queue)]
    full = world.call(world.member, "GET", f"{path}?populate=queues,user").json()
    assert full["queues"][0]["name"] == "Sales"
    assert full["user"]["email"] == world.member.user.email


def test_list_user_agents(any_world: World) -> None:
    world = any_world
    queue = world.queue()
    agent = world.agent(None, "Kate", queue)
    assert world.member.member is not None
    for path in (
        f"/TeamUser/{pid(world.member.member)}/CCAgentConfig",
        f"/teamuser/{world.member.id}/ccagentconfig",
    ):
        answer = world.call(world.admin, "GET", path, params={"populate": "queues"})
        assert [shown["id"] for shown in answer.json()] == [pid(agent)]
        assert answer.json()[0]["queues"][0]["id"] == pid(queue)
        assert world.call(world.stranger, "GET", path).status_code == 404
        assert world.call(None, "GET", path).status_code == 401


def test_update_agent_as_documented(world: World) -> None:
    agent = world.agent()
    path = f"/CCAgentConfig/{pid(agent)}"
    answer = world.call(world.admin, "PATCH", path, json={"name": "Ursula@calling", "status": "Break"})
    assert (answer.status_code, answer.json()["name"]) == (200, "Ursula@calling")
    assert answer.json()["status"] == "Offline"
    assert world.call(world.member, "PATCH", path, json={"name": "Kate"}).status_code == 200
    assert world.call(world.member, "PATCH", path, json={"capacity": 5}).status_code == 403
    assert world.engine.commands() == [{"type": "config", "kind": "agent", "id": agent.id}] * 2


def test_delete_agent(any_world: World) -> None:
    world = any_world
    queue = world.queue()
    agent = world.agent(None, "Kate", queue)
    assert world.call(world.member, "DELETE", f"/CCAgentConfig/{pid(agent)}").status_code == 403
    answer = world.call(world.admin, "DELETE", f"/CCAgentConfig/{pid(agent)}")
    assert (answer.status_code, answer.json()["id"]) == (200, pid(agent))
    assert world.call(world.admin, "GET", f"/CCAgentConfig/{pid(agent)}").status_code == 404
    assert world.engine.commands() == [
        {"type": "config", "kind": "agent", "id": agent.id},
        {"type": "config", "kind": "queue", "id": queue.id},
    ]


def test_an_agent_in_a_call_is_not_deleted(world: World) -> None:
    agent, call = world.agent(), new_id()
    world.engine.shows("agent", view_of(agent, state="OnCall", call=call))
    answer = world.call(world.admin, "DELETE", f"/CCAgentConfig/{pid(agent)}")
    assert (answer.status_code, answer.json()["response"]["call"]) == (409, f"a{call}")


def said(world: World) -> list[tuple[str, str | None]]:
    """The statuses that the engine was told, each with its queue."""
    return [(command["status"], command["queue"]) for command in world.engine.commands()]


def test_set_status_of_one_queue_as_documented(any_world: World) -> None:
    world = any_world
    sales, support = world.queue("Sales"), world.queue("Support")
    agent = world.agent(None, "Kate", sales, support)
    body = {"queueId": pid(sales), "status": "Available"}
    answer = world.call(world.member, "POST", f"/CCAgentConfig/{pid(agent)}/setstatus", json=body)
    assert answer.status_code == 200
    # Offered calls of Sales now, and still of nothing else.
    assert answer.json()["status"] == "Available"
    assert answer.json()["queue_statuses"] == {pid(support): {"status": "Offline", "reason": ""}}
    assert said(world) == [("Offline", support.id), ("Available", None), ("Available", sales.id)]
    assert world.engine.commands()[-1]["by"] == world.member.user.id


def test_set_status_overall(world: World) -> None:
    sales = world.queue("Sales")
    agent = world.agent(None, "Kate", sales)
    path = f"/CCAgentConfig/{pid(agent)}/setstatus"
    world.call(world.member, "POST", path, json={"status": "Available"})
    away = world.call(world.member, "POST", path, json={"queueId": pid(sales), "status": "Away"})
    assert away.json()["queue_statuses"][pid(sales)]["status"] == "Away"
    pause = world.call(world.member, "POST", path, json={"status": "Break", "reason": "lunch"})
    assert (pause.json()["status"], pause.json()["reason"], pause.json()["queue_statuses"]) == (
        "Break",
        "lunch",
        {},
    )
    assert said(world) == [("Available", None), ("Away", sales.id), ("Available", sales.id), ("Break", None)]
    assert world.engine.commands()[-1]["reason"] == "lunch"


def test_set_status_shows_the_live_state(world: World) -> None:
    agent, call = world.agent(), new_id()
    world.engine.shows("agent", view_of(agent, state="OnCall", call=call))
    path = f"/CCAgentConfig/{pid(agent)}/setstatus"
    live = world.call(world.member, "POST", path, json={"status": "Away"}).json()["live"]
    assert (live["state"], live["call"], live["since"]) == (
        "OnCall",
        public_id(call),
        "2023-11-14T22:13:20.000Z",
    )


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"status": "Busy"}, "status"),
        ({}, "status"),
        ({"status": "Break", "reason": "two\r\nlines"}, "reason"),
        ({"status": "Away", "queueId": "nonsense"}, "queueId"),
        ({"status": "Away", "queueId": "a" + "0" * 32}, "queueId"),
    ],
)
def test_a_wrong_status_is_refused(world: World, body: dict[str, object], field: str) -> None:
    agent = world.agent()
    answer = world.call(world.member, "POST", f"/CCAgentConfig/{pid(agent)}/setstatus", json=body)
    assert answer.status_code == 400
    assert field in answer.json()["response"]
    assert world.engine.commands() == []


def test_who_may_set_a_status(world: World, refuses_outsiders: Refuses) -> None:
    queue = world.queue()
    agent = world.agent(None, "Kate", queue)
    path, body = f"/CCAgentConfig/{pid(agent)}/setstatus", {"status": "Available"}
    manager, colleague = world.api.person(world.team), world.api.person(world.team)
    world.api.add(QueueManager(queue_id=queue.id, user_id=manager.user.id))
    assert world.call(manager, "POST", path, json=body).status_code == 200
    assert world.call(world.admin, "POST", path, json=body).status_code == 200
    assert world.call(colleague, "POST", path, json=body).status_code == 403
    refuses_outsiders("POST", path, json=body)


def test_a_status_survives_an_absent_redis(
    make_api: Callable[..., Api], sqlite_url: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    server = new_redis(tmp_path_factory.mktemp("own-redis"))
    server.start()
    try:
        world = world_of(make_api(sqlite_url, redis_url=server.url))
        agent = world.agent()
        path = f"/CCAgentConfig/{pid(agent)}/setstatus"
        server.stop(kill=True)
        answer = world.call(world.member, "POST", path, json={"status": "Available"})
        assert (answer.status_code, answer.json()["live"]) == (200, None)
        server.start()
        world.call(world.member, "POST", path, json={"status": "Break"})
        assert said(world) == [("Available", None), ("Break", None)]
    finally:
        server.stop()


def test_agent_live(world: World) -> None:
    queue = world.queue()
    agent, call = world.agent(None, "Kate", queue), new_id()
    today = {"offered": 1, "answered": 1, "abandoned": 0, "service_level": 1.0, "asa": 3.0}
    started = 1_700_000_000.0
    world.engine.beats()
    world.engine.shows("agent", view_of(agent, state="OnCall", call=call))
    world.engine.shows(
        "call",
        {
            "call": call, "team": world.team.id, "did": "+14165550100", "caller": "+14165550199", "state": "talking",
            "queue": queue.id, "agent": agent.id, "started_at": started, "node": "a",
        },
    )  # fmt: skip
    world.engine.shows(
        "queue",
        {"queue": queue.id, "team": world.team.id, "agents": {"OnCall": 1}, "today": today},
    )
    answer = world.call(world.member, "GET", f"/CCAgentConfig/{pid(agent)}/live")
    assert answer.status_code == 200
    live = answer.json()
    assert (live["status"], live["state"], live["stale"]) == ("Available", "OnCall", False)
    assert (live["call"]["id"], live["call"]["from"]) == (public_id(call), "+14165550199")
    (shown,) = live["queues"]
    assert (shown["queue"], shown["name"], shown["agents"]) == (pid(queue), "Sales", {"OnCall": 1})
    assert (shown["waiting"], shown["longest_wait"]) == ([], None)
    assert {name: shown["today"][name] for name in today} == today


def test_agent_live_shows_the_place_of_the_call_that_rings(world: World) -> None:
    queue = world.queue()
    agent, call = world.agent(None, "Kate", queue), new_id()
    needs = [{"skill": "french", "level": 2, "required": True}]
    world.engine.shows("agent", view_of(agent, state="Ringing", call=call))
    ringing = {
        "call": call, "team": world.team.id, "did": "+14165550100", "caller": "+14165550199", "state": "offering",
        "queue": queue.id, "agent": None, "started_at": 1_700_000_000.0, "node": "a", "needs": needs,
    }  # fmt: skip
    world.engine.shows("call", ringing)
    place = standing(call, 3, estimate=[1.5, 9.0])
    world.engine.shows("queue", {"queue": queue.id, "team": world.team.id, "waiting": [place]})
    live = world.call(world.member, "GET", f"/CCAgentConfig/{pid(agent)}/live").json()
    assert (live["call"]["position"], live["call"]["estimate"]) == (3, {"low": 1.5, "high": 9.0})
    assert live["call"]["needs"] == needs
    (shown,) = live["queues"]
    assert [it["position"] for it in shown["waiting"]] == [3]


def test_the_agents_of_a_team(any_world: World) -> None:
    world = any_world
    queue = world.queue()
    agents = [world.agent(world.member, "Kate", queue), world.agent(world.admin, "Ann")]
    path = f"/team/{world.member.team}/ccagentconfig"
    listed = world.call(world.member, "GET", path)
    assert [agent["id"] for agent in listed.json()] == [pid(agent) for agent in agents]
    assert listed.headers["X-Total-Count"] == "2"
    shown = world.call(
        world.member, "GET", f"/team/{world.team.slug}/CCAgentConfig?name=Kate&populate=queues,user"
    )
    (kate,) = shown.json()
    assert ([one["id"] for one in kate["queues"]], kate["user"]["id"]) == ([pid(queue)], world.member.id)
    assert world.call(world.stranger, "GET", path).status_code == 404
    assert world.call(None, "GET", path).status_code == 401
