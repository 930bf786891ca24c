"""Departments over HTTP: the document's examples, rights, and the messages to the engine."""

from typing import Any

import pytest

from models import CallRoute, DepartmentUser, Role
from tests.support.api.world import World, pid

pytestmark = pytest.mark.service


def make(world: World, name: str = "Support", **fields: Any) -> dict[str, Any]:
    body = {"name": name, "team": world.admin.team, "ring_type": "sequential", **fields}
    answer = world.call(world.admin, "POST", "/department", json=body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


@pytest.mark.operation("create-department")
def test_create_department_as_documented(world: World) -> None:
    made = make(world)
    assert (made["name"], made["team"], made["ring_type"]) == ("Support", world.admin.team, "sequential")
    assert made["users"] == []
    command = {"type": "config", "kind": "department", "id": made["id"][1:]}
    assert world.engine.commands()[-1] == command


def test_a_ring_type_that_is_none_is_told_with_the_choices(world: World) -> None:
    body = {"name": "something", "team": world.admin.team, "ring_type": "something"}
    answer = world.call(world.admin, "POST", "/department", json=body)
    assert answer.status_code == 400
    assert "simultaneous, sequential, progressive, random" in answer.json()["response"]["ring_type"]


@pytest.mark.operation("update-department", "list-departments")
def test_update_and_list(any_world: World) -> None:
    world = any_world
    made = make(world)
    path = f"/department/{made['id']}"
    answer = world.call(world.admin, "PATCH", path, json={"name": "Sales", "ring_type": "random"})
    assert (answer.status_code, answer.json()["name"], answer.json()["ring_type"]) == (200, "Sales", "random")
    make(world, "Billing")
    listed = world.call(world.member, "GET", "/department?sort=name")
    assert [department["name"] for department in listed.json()] == ["Billing", "Sales"]
    assert listed.headers["X-Total-Count"] == "2"


def test_two_departments_of_one_name_conflict(world: World) -> None:
    make(world)
    other = make(world, "Sales")
    body = {"name": "Support", "team": world.admin.team}
    assert world.call(world.admin, "POST", "/department", json=body).status_code == 409
    path = f"/department/{other['id']}"
    assert world.call(world.admin, "PATCH", path, json={"name": "Support"}).status_code == 409


@pytest.mark.operation("add-department-user", "remove-department-user")
def test_users_come_and_go_by_either_id(any_world: World) -> None:
    world = any_world
    made = make(world)
    assert world.member.member is not None
    path = f"/department/{made['id']}/users"
    first = world.call(world.admin, "POST", path, json={"user": pid(world.member.member)})
    again = world.call(world.admin, "POST", path, json={"user": world.member.id})
    second = world.call(world.admin, "POST", path, json={"user": world.admin.id})
    assert [answer.status_code for answer in (first, again, second)] == [201, 201, 201]
    assert second.json()["users"] == [world.member.id, world.admin.id]
    full = world.call(world.member, "GET", "/department?populate=users").json()
    assert full[0]["users"][1]["email"] == world.admin.user.email
    for left, who in ((world.admin.id, pid(world.member.member)), (None, world.admin.id)):
        answer = world.call(world.admin, "DELETE", f"{path}/{who}")
        assert (answer.status_code, answer.json()["users"]) == (200, [left] if left else [])
    assert world.call(world.admin, "DELETE", f"{path}/{world.admin.id}").status_code == 404


def test_a_stranger_cannot_be_added(world: World) -> None:
    made = make(world)
    answer = world.call(
        world.admin, "POST", f"/department/{made['id']}/users", json={"user": world.stranger.id}
    )
    assert answer.status_code == 400
    assert answer.json()["response"] == {"user": "No such user in this team"}


@pytest.mark.operation("delete-department")
def test_delete_unless_a_route_uses_it(world: World) -> None:
    made = make(world)
    world.api.add(DepartmentUser(department_id=made["id"][1:], user_id=world.member.user.id))
    block = {"type": "department", "settings": {"department": made["id"][1:]}, "exits": {}}
    route = CallRoute(team_id=world.team.id, name="Main", entry="one", blocks={"one": block})
    world.api.add(route)
    refused = world.call(world.admin, "DELETE", f"/department/{made['id']}")
    assert refused.status_code == 409
    assert refused.json()["response"]["routes"] == [{"id": pid(route), "name": "Main"}]
    other = make(world, "Sales")
    gone = world.call(world.admin, "DELETE", f"/department/{other['id']}")
    assert (gone.status_code, gone.json()["name"]) == (200, "Sales")
    assert [d["name"] for d in world.call(world.admin, "GET", "/department").json()] == ["Support"]


@pytest.mark.operation("list-departments")
def test_nobody_and_strangers_of_the_list(world: World) -> None:
    make(world)
    assert world.call(None, "GET", "/department").status_code == 401
    assert world.call(world.stranger, "GET", "/department").json() == []
    body = {"name": "x", "team": world.admin.team}
    assert world.call(None, "POST", "/department", json=body).status_code == 401
    assert world.call(world.stranger, "POST", "/department", json=body).status_code in (400, 403, 404)
    guest = world.api.person(world.team, Role.GUEST)
    assert world.call(guest, "GET", "/department").json() == []
