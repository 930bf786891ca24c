"""Whoever changes a team's configuration stands in its audit log, with what was there before."""

from typing import Any

import pytest
from sqlmodel import SQLModel, select

from api.core import audit_trail
from api.core.audit_trail import HIDDEN, KINDS, LONGEST, Kind, Person, made_by
from models import AuditEntry, Team, TeamUser
from tests.support.api.client import Person as Caller
from tests.support.api.world import World, any_world, pid

__all__ = ["any_world"]

pytestmark = pytest.mark.service


def log_of(world: World) -> list[dict[str, Any]]:
    """Return the team's log, oldest first."""
    answer = world.call(world.admin, "GET", f"/team/{pid(world.team)}/audit", params={"sort": "id ASC"})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()
    return found


def acts(world: World) -> list[tuple[str, dict[str, Any]]]:
    return [(entry["action"], entry["details"]) for entry in log_of(world)]


def made(world: World, path: str, body: dict[str, Any], caller: Caller | None = None) -> dict[str, Any]:
    answer = world.call(caller or world.admin, "POST", path, json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_queue_from_its_making_to_its_end(any_world: World) -> None:
    world = any_world
    queue = made(world, "/CCQueueConfig", {"name": "Sales", "team": pid(world.team)})["id"]
    changed = world.call(
        world.admin, "PATCH", f"/CCQueueConfig/{queue}", json={"wrap_up": 20, "name": "Sales"}
    )
    assert changed.status_code == 200, changed.text
    agent = made(world, "/CCAgentConfig", {"user": world.member.id, "name": "Ann", "team": pid(world.team)})[
        "id"
    ]
    made(world, f"/CCQueueConfig/{queue}/agent/{agent}", {})
    assert world.call(world.admin, "DELETE", f"/CCQueueConfig/{queue}/agent/{agent}").status_code == 200
    assert world.call(world.admin, "DELETE", f"/CCQueueConfig/{queue}").status_code == 200
    place = {"queue": queue, "agent": agent}
    assert acts(world) == [
        ("queue created", {"name": "Sales"}),
        ("queue changed", {"name": "Sales", "changes": {"wrap_up": {"from": 0.0, "to": 20.0}}}),
        ("agent created", {"name": "Ann"}),
        ("agent of a queue created", place),
        ("agent of a queue deleted", place),
        ("queue deleted", {"name": "Sales"}),
    ]
    entry = log_of(world)[1]
    assert entry["actor"] == world.admin.user.email
    assert entry["actor_id"] == world.admin.id
    assert entry["address"] == "testclient"
    assert (entry["object_id"], entry["team"]) == (queue, pid(world.team))


def test_what_fails_or_changes_nothing_is_not_told(world: World) -> None:
    queue = made(world, "/CCQueueConfig", {"name": "Sales", "team": pid(world.team)})["id"]
    made(world, "/CCQueueConfig", {"name": "Help", "team": pid(world.team)})
    taken = world.call(world.admin, "PATCH", f"/CCQueueConfig/{queue}", json={"name": "Help", "wrap_up": 5})
    same = world.call(world.admin, "PATCH", f"/CCQueueConfig/{queue}", json={"name": "Sales"})
    assert (taken.status_code, same.status_code) == (409, 200)
    assert [action for action, _ in acts(world)] == ["queue created", "queue created"]


def test_an_agents_status_is_no_change_of_the_configuration(world: World) -> None:
    agent = made(world, "/CCAgentConfig", {"user": world.member.id, "name": "Ann", "team": pid(world.team)})[
        "id"
    ]
    set_status = world.call(
        world.admin, "POST", f"/CCAgentConfig/{agent}/setstatus", json={"status": "Available"}
    )
    assert set_status.status_code == 200, set_status.text
    assert [action for action, _ in acts(world)] == ["agent created"]


def test_only_admins_of_the_team_read_it(world: World) -> None:
    path = f"/team/{pid(world.team)}/audit"
    assert world.call(None, "GET", path).status_code == 401
    assert world.call(world.member, "GET", path).status_code == 403
    assert world.call(world.stranger, "GET", path).status_code == 404


def test_secrets_are_not_shown(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    kinds: dict[type[SQLModel], Kind] = {**KINDS, TeamUser: Kind("member")}
    monkeypatch.setattr(audit_trail, "KINDS", kinds)
    assert world.member.member is not None
    with world.api.session() as session:
        made_by(session, Person(world.admin.user.id, "admin@example.com", "192.0.2.1"))
        member = session.get_one(TeamUser, world.member.member.id)
        member.extension_secret, member.forward = "hunter2", True
    with world.api.session() as session:
        entry = session.exec(select(AuditEntry)).one()
    assert entry.details["changes"] == {
        "extension_secret": {"from": HIDDEN, "to": HIDDEN},
        "forward": {"from": False, "to": True},
    }
    assert (entry.action, entry.actor, entry.address) == ("member changed", "admin@example.com", "192.0.2.1")


def test_a_transaction_without_a_person_writes_nothing(world: World) -> None:
    with world.api.session() as session:
        session.get_one(Team, world.team.id).city = "Bath"
    with world.api.session() as session:
        assert session.exec(select(AuditEntry)).all() == []


@pytest.mark.parametrize(
    ("value", "shown"),
    [("a" * 300, "a" * LONGEST + "…"), ({"a": "b" * 300}, '{"a":"' + "b" * (LONGEST - 6) + "…"), ([1], [1])],
)
def test_values_are_cut(value: Any, shown: Any) -> None:
    assert audit_trail.shown_value(value) == shown
