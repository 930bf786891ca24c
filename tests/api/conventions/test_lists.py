"""What a list takes in its query: plain filters, and nothing that it does not know."""

import json
from typing import Any

import pytest

from api.conventions.router import TeamOperation
from models import CallLog, Contact, Role
from tests.contract.document import OPERATIONS, Operation
from tests.support.api.world import Refuses, World, pid

pytestmark = pytest.mark.service

LISTS = [
    operation
    for operation in OPERATIONS
    if isinstance(operation.route, TeamOperation) and operation.route.listed
]
each_list = pytest.mark.parametrize("operation", LISTS, ids=lambda operation: operation.name)


def names(world: World, path: str, **params: Any) -> list[str]:
    answer = world.call(world.member, "GET", path, params=params)
    assert answer.status_code == 200, answer.text
    return [shown["name"] for shown in answer.json()]


def path_of(world: World, operation: Operation) -> str:
    ids = {"team_id": world.member.team, "team_user_id": world.member.id}
    return operation.route.path.format(**ids).removeprefix("/v1")


@each_list
def test_each_field_of_each_list_is_a_filter_in_the_document(world: World, operation: Operation) -> None:
    assert isinstance(operation.route, TeamOperation)
    assert operation.route.listed is not None
    values = {"id": "a" + "0" * 32, "time": "2026-03-01T00:00:00Z", "boolean": "true", "text": "x"}
    described = {parameter["name"] for parameter in operation.said["parameters"]}
    path = path_of(world, operation)
    for name in sorted(operation.route.listed.queryable):
        assert name in described
        if name in operation.route.filters:
            value = values.get(operation.route.listed.kind(name), "1")
            answer = world.call(world.admin, operation.method, path, params={name: value})
            assert answer.status_code == 200, (name, answer.text)


@each_list
def test_an_unknown_parameter_is_a_400_that_names_it(world: World, operation: Operation) -> None:
    path = path_of(world, operation)
    answer = world.call(world.admin, operation.method, path, params={"nonsense": "1", "limit": 5, "Id": "x"})
    assert (answer.status_code, set(answer.json()["response"])) == (400, {"nonsense", "Id"})


def test_every_operation_refuses_what_it_does_not_know(world: World, refuses_outsiders: Refuses) -> None:
    queue = f"/CCQueueConfig/{pid(world.queue())}"
    for method, path in (("GET", queue), ("PATCH", queue), ("GET", "/user/me"), ("GET", "/job/failed")):
        answer = world.call(world.admin, method, path, params={"where": "{}"}, json={})
        assert (answer.status_code, set(answer.json()["response"])) == (400, {"where"})
    refuses_outsiders("GET", f"{queue}?where=x", stranger=(400,))
    assert world.call(world.admin, "GET", queue, params={"populate": "agents"}).status_code == 200
    assert world.call(world.admin, "GET", "/user", params={"populate": ""}).status_code == 200


def test_a_filter_means_equality_beside_where_and_search(any_world: World) -> None:
    world = any_world
    world.queue("Sales", strategy="random")
    world.queue("Support", strategy="linear", ring_timeout=11)
    world.queue("Storm", strategy="random", ring_timeout=11)
    path = f"/team/{world.member.team}/ccqueueconfig"
    assert names(world, path, strategy="random") == ["Sales", "Storm"]
    assert names(world, path, strategy="random", ring_timeout=11) == ["Storm"]
    assert names(world, path, name=["Sales", "Storm"]) == ["Sales", "Storm"]
    assert names(world, path, name="sales") == []
    assert names(world, path, ring_timeout=11, where=json.dumps({"name": {"startsWith": "Su"}})) == [
        "Support"
    ]
    assert names(world, path, ring_timeout=11, search="sto", sort="name") == ["Storm"]
    counted = world.call(world.member, "GET", path, params={"strategy": "random", "limit": 1})
    assert counted.headers["X-Total-Count"] == "2"


@pytest.mark.parametrize(
    ("name", "value"),
    [("id", "nonsense"), ("ring_timeout", "many"), ("created_at", "yesterday"), ("name", "a\x01b")],
)
def test_a_value_of_a_wrong_type_is_a_400_that_names_the_filter(world: World, name: str, value: str) -> None:
    path = f"/team/{world.member.team}/ccqueueconfig"
    answer = world.call(world.member, "GET", path, params={name: value})
    assert (answer.status_code, set(answer.json()["response"])) == (400, {name})


def test_filters_show_nobody_what_they_may_not_see(world: World, refuses_outsiders: Refuses) -> None:
    log = CallLog(team_id=world.team.id, caller="+14165550199", disposition="answered")
    contact = Contact(
        owner_id=world.admin.user.id, team_id=world.team.id, first_name="Ann", email="a@b.example"
    )
    world.api.add(log, contact)

    def found(person: Any, path: str, **params: str) -> int:
        return len(world.call(person, "GET", path, params=params).json())

    assert found(world.admin, "/call-log", **{"from": "+14165550199"}) == 1
    assert found(world.member, "/call-log", **{"from": "+14165550199"}) == 0
    assert found(world.stranger, "/call-log", **{"from": "+14165550199"}) == 0
    assert found(world.member, "/contact", email="a@b.example") == 1
    assert found(world.stranger, "/contact", email="a@b.example") == 0
    refuses_outsiders("GET", "/contact?email=a@b.example", stranger=(200,))
    hidden = world.call(world.member, "GET", f"/team/{world.member.team}/users?extension_secret=x")
    assert (hidden.status_code, set(hidden.json()["response"])) == (400, {"extension_secret"})


def test_an_operations_own_parameter_takes_the_place_of_a_field(world: World) -> None:
    path = f"/team/{world.member.team}/users"
    assert world.call(world.admin, "GET", path, params={"status": "pending"}).json() == []
    admins = world.call(world.member, "GET", path, params={"role": Role.ADMIN.value}).json()
    assert world.admin.id in {member["id"] for member in admins}
    assert {member["role"] for member in admins} == {"admin"}


def test_the_documents_parameters_of_call_routes_narrow_one_route_too(world: World) -> None:
    blocks = {"end": {"type": "hangup", "settings": {}, "exits": {}}}
    created = world.call(
        world.admin, "POST", "/callroute", json={"name": "A", "entry": "end", "blocks": blocks}
    )
    path = f"/callroute/{created.json()['id']}"
    slug, mine = {"slug": world.team.slug}, {"userid": world.admin.id}
    for method, body in (("GET", None), ("PATCH", {"name": "B"})):
        assert world.call(world.admin, method, path, params=slug, json=body).status_code == 200
        assert world.call(world.admin, method, path, params={"slug": "asdf"}, json=body).status_code == 404
        assert world.call(world.admin, method, path, params=mine, json=body).status_code == 404
    assert world.call(world.admin, "DELETE", path, params=mine).status_code == 404
    assert world.call(world.admin, "DELETE", path, params=slug).status_code == 200
