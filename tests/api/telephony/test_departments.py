"""Departments over HTTP: the document's examples, rights, and the messages to the engine."""

from typing import Any

import pytest
from sqlmodel import select

from models import CallRoute, DepartmentUser, Mailbox, Role
from switchroom.pins import check_pin
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


def test_the_voicemail_password_is_the_pin_of_the_mailbox(any_world: World) -> None:
    world, field = any_world, "callcenter_voicemail_password"
    made = make(world, **{field: "704193"})
    assert made[field] == "********"
    path = f"/department/{made['id']}"
    with world.api.session() as session:
        mailbox = session.exec(select(Mailbox).where(Mailbox.owner_id == made["id"][1:])).one()
    assert check_pin(mailbox.pin_hash, "704193")
    assert {"type": "config", "kind": "mailbox", "id": mailbox.id} in world.engine.commands()
    listed = world.call(world.member, "GET", "/department").json()
    assert [(one["name"], one[field]) for one in listed] == [("Support", "********")]

    def changed(value: str | None, status: int = 200) -> Any:
        answer = world.call(world.admin, "PATCH", path, json={field: value, "name": "Help"})
        assert answer.status_code == status, answer.text
        return answer.json()

    assert changed("********")[field] == "********"
    assert world.api.get(Mailbox, mailbox.id).pin_hash == mailbox.pin_hash
    changed("581920")
    assert check_pin(world.api.get(Mailbox, mailbox.id).pin_hash, "581920")
    for wrong in ("1234", "12", "abcd", "*", "70419a"):
        assert set(changed(wrong, 400)["response"]) == {field}
    assert changed(None)[field] is None
    assert world.api.get(Mailbox, mailbox.id).pin_hash is None
    assert make(world, "Sales")[field] is None


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


# -- as a small call center ------------------------------------------------------------------------------------


CALL_CENTER = {
    "callcenter_ring": 25,
    "callcenter_max_time": 300,
    "callcenter_hold_music": "jazz",
    "callcenter_transfer_to": "+14165550177",
}


def test_the_fields_of_a_call_center(any_world: World) -> None:
    world = any_world
    plain = make(world)
    assert {name: plain[name] for name in CALL_CENTER} == dict.fromkeys(CALL_CENTER)
    made = make(world, "Sales", **CALL_CENTER)
    assert {name: made[name] for name in CALL_CENTER} == CALL_CENTER
    path = f"/department/{made['id']}"
    changed = world.call(world.admin, "PATCH", path, json={"callcenter_max_time": None})
    assert {name: changed.json()[name] for name in CALL_CENTER} == {
        **CALL_CENTER,
        "callcenter_max_time": None,
    }


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("callcenter_ring", 4),
        ("callcenter_max_time", 7201),
        ("callcenter_hold_music", "No Such Music"),
        ("callcenter_transfer_to", "nobody"),
        ("callcenter_transfer_to", "109"),
        ("callcenter_transfer_to", "a" + "0" * 32),
    ],
)
def test_a_wrong_field_is_named(world: World, field: str, value: Any) -> None:
    path = f"/department/{make(world)['id']}"
    answer = world.call(world.admin, "PATCH", path, json={field: value})
    assert answer.status_code == 400
    assert set(answer.json()["response"]) == {field}


def test_callers_are_passed_on_to_what_the_team_has(world: World) -> None:
    path = f"/department/{make(world)['id']}"
    queue, other = world.queue(), make(world, "Sales")
    assert world.member.member is not None
    for to, shown in (
        (pid(queue), pid(queue)),
        (other["id"], other["id"]),
        (pid(world.member.member), world.member.id),
        (world.member.id, world.member.id),
        ("101", "101"),
        ("+1 (416) 555-0177", "+14165550177"),
    ):
        answer = world.call(world.admin, "PATCH", path, json={"callcenter_transfer_to": to})
        assert (answer.status_code, answer.json().get("callcenter_transfer_to")) == (200, shown)
    stranger = world.call(world.admin, "PATCH", path, json={"callcenter_transfer_to": world.stranger.id})
    assert stranger.status_code == 400


def test_departments_cannot_pass_callers_round(world: World) -> None:
    first, second = make(world), make(world, "Sales")
    there = {"callcenter_transfer_to": second["id"]}
    assert world.call(world.admin, "PATCH", f"/department/{first['id']}", json=there).status_code == 200
    for to in (first["id"], second["id"]):
        back = {"callcenter_transfer_to": to}
        answer = world.call(world.admin, "PATCH", f"/department/{second['id']}", json=back)
        assert (answer.status_code, set(answer.json()["response"])) == (400, {"callcenter_transfer_to"})
    refused = world.call(world.admin, "DELETE", f"/department/{second['id']}")
    assert (refused.status_code, refused.json()["response"]["departments"]) == (
        409,
        [{"id": first["id"], "name": "Support"}],
    )


def test_a_queue_to_which_a_department_passes_callers_is_in_use(world: World) -> None:
    queue = world.queue()
    made = make(world, callcenter_transfer_to=pid(queue))
    refused = world.call(world.admin, "DELETE", f"/CCQueueConfig/{pid(queue)}")
    assert (refused.status_code, refused.json()["response"]["departments"]) == (
        409,
        [{"id": made["id"], "name": "Support"}],
    )
