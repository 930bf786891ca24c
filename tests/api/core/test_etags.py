"""Concurrent changes: an object's ETag, and what `If-Match` refuses."""

from typing import Any

import pytest

from api.conventions.openapi import has_etag
from models import CallRoute, Contact, Department, DidNumber, ReportSchedule
from tests.contract.document import OPERATIONS, Operation
from tests.contract.team import PERSONAL, Team
from tests.support.api.world import World, any_world, pid

__all__ = ["any_world"]

pytestmark = pytest.mark.service

CHANGES = [
    operation
    for operation in OPERATIONS
    if operation.method in ("PATCH", "DELETE") and has_etag(operation.route)  # type: ignore[arg-type]
]
STALE = {"If-Match": '"2020-01-01T00:00:00.000Z"'}


def send(world: World, operation: Operation, path: str, if_match: str | None, person: Any) -> Any:
    headers = {**(person.headers if person else {}), **({"If-Match": if_match} if if_match else {})}
    return world.api.client.request(operation.method, path, headers=headers, json={})


@pytest.mark.parametrize("operation", CHANGES, ids=lambda operation: operation.name)
def test_each_change_of_a_changed_object_is_refused(world: World, operation: Operation) -> None:
    path = Team(world).path(operation)
    parameters = {parameter["name"] for parameter in operation.said["parameters"]}
    assert "If-Match" in parameters
    assert send(world, operation, path, STALE["If-Match"], None).status_code == 401
    if not path.endswith("/me"):
        assert send(world, operation, path, STALE["If-Match"], world.stranger).status_code == 404
    person = world.member if operation.name in PERSONAL else world.admin
    refused = send(world, operation, path, STALE["If-Match"], person)
    assert (refused.status_code, refused.json()["errorType"]) == (412, "changed")


def test_every_object_that_can_be_changed_has_an_etag() -> None:
    without = {
        operation.name
        for operation in OPERATIONS
        if operation.method == "PATCH" and not has_etag(operation.route)  # type: ignore[arg-type]
    }
    # `read_workspace` changes all events at once and answers how many. A file is answered as a list of one: its ETag is
    # set by hand, and the tests of files send a stale one. The answer of a room shows who is in it, so it changes by
    # itself.
    assert without == {"update_voicemail", "read_workspace", "update_file", "update_room"}


def test_the_older_of_two_whole_objects_is_refused(any_world: World) -> None:
    world = any_world
    path = f"/CCQueueConfig/{pid(world.queue())}"
    a, b = (world.call(world.admin, "GET", path) for _ in range(2))
    tag = a.headers["ETag"]
    assert tag == f'"{a.json()["updated_at"]}"' == b.headers["ETag"]
    client, headers = world.api.client, world.admin.headers

    def patch(body: dict[str, Any], **more: str) -> Any:
        return client.patch(f"/v1{path}", json=body, headers={**headers, **more})

    changed = patch({**a.json(), "ring_timeout": 33}, **{"If-Match": tag})
    assert (changed.status_code, changed.json()["ring_timeout"]) == (200, 33)
    assert changed.headers["ETag"] not in (tag, None)
    assert patch({**b.json(), "max_waiting": 7}, **{"If-Match": tag}).status_code == 412
    now = world.call(world.admin, "GET", path)
    assert (now.json()["ring_timeout"], now.json()["max_waiting"]) == (33, a.json()["max_waiting"])
    assert now.headers["ETag"] == changed.headers["ETag"]
    for form in ("*", "W/{}", '"x", {}'):
        now = patch({"max_waiting": 7}, **{"If-Match": form.format(now.headers["ETag"])})
        assert now.status_code == 200
    assert patch({"max_waiting": 8}).json()["max_waiting"] == 8
    stale = client.delete(f"/v1{path}", headers={**headers, "If-Match": tag})
    assert stale.status_code == 412
    assert world.call(world.admin, "DELETE", path).status_code == 200


def test_each_objects_etag_changes_with_it_and_is_good_for_the_next_change(world: World) -> None:
    team, user = world.member.team, world.member.id
    blocks = {"end": {"type": "hangup", "settings": {}, "exits": {}}}
    rows: dict[str, Any] = {
        "/didnumber/": DidNumber(team_id=world.team.id, e164="+14165550100"),
        "/callroute/": CallRoute(team_id=world.team.id, name="Main", entry="end", blocks=blocks),
        "/department/": Department(team_id=world.team.id, name="Support"),
        "/report-schedule/": ReportSchedule(
            team_id=world.team.id, name="Figures", by="queue", period="day", receivers=[world.admin.user.id]
        ),
        "/contact/": Contact(owner_id=world.admin.user.id, first_name="Ann"),
    }
    world.api.add(*rows.values())
    agent = world.agent()
    bodies: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
        (f"/CCAgentConfig/{pid(agent)}", {"name": "Jo"}, {"name": "Al"}),
        (f"/team/{team}", {"city": "Rome"}, {"city": "Oslo"}),
        (f"/team/{team}/users/{user}", {"position": "a"}, {"position": "b"}),
        (f"/user/{user}", {"forward": True}, {"forward": False}),
        ("/user/me", {"first_name": "Jo"}, {"first_name": "Al"}),
        *((f"{start}{pid(row)}", {"name": "Jo"}, {"name": "Al"}) for start, row in rows.items()),
    ]
    for path, first, second in bodies:
        if path.startswith("/contact"):
            first, second = {"first_name": "Jo"}, {"first_name": "Al"}
        one = world.call(world.admin, "PATCH", path, json=first)
        assert one.status_code == 200, one.text
        headers = {**world.admin.headers, "If-Match": one.headers["ETag"]}
        two = world.api.client.patch(f"/v1{path}", json=second, headers=headers)
        assert (two.status_code, two.headers["ETag"] == one.headers["ETag"]) == (200, False), path
        assert world.api.client.patch(f"/v1{path}", json=first, headers=headers).status_code == 412, path
    listed = world.call(world.member, "GET", f"/team/{team}/users").json()
    (member,) = [member for member in listed if member["id"] == user]
    headers = {**world.admin.headers, "If-Match": f'"{member["updated_at"]}"'}
    answer = world.api.client.patch(f"/v1/team/{team}/users/{user}", json={"position": "c"}, headers=headers)
    assert answer.status_code == 200
