"""Schedules of statistics by mail over HTTP: what may be asked for, who may, and what is wrong is named."""

from typing import Any

import pytest
from sqlmodel import select

from models import AuditEntry, ReportSchedule, Role, utcnow
from tests.support.api.world import Refuses, World, pid

pytestmark = pytest.mark.service


def make(world: World, status: int = 201, **fields: Any) -> Any:
    body = {"name": "Figures", "team": world.admin.team, "receivers": [world.admin.id], **fields}
    answer = world.call(world.admin, "POST", "/report-schedule", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


def test_a_schedule_is_made_changed_listed_and_deleted(any_world: World) -> None:
    world = any_world
    queue = world.queue("Sales")
    made = make(
        world, period="week", interval="day", hour=7, figures=["offered", "service_level"], queues=[pid(queue)],
        receivers=[world.admin.id, world.member.id, world.member.id], format="csv",
    )  # fmt: skip
    assert made["receivers"] == [world.admin.id, world.member.id]
    assert (made["queues"], made["figures"]) == ([pid(queue)], ["offered", "service_level"])
    assert (made["by"], made["period"], made["hour"], made["active"]) == ("queue", "week", 7, True)
    assert made["next_at"] > utcnow().isoformat()
    path = f"/report-schedule/{made['id']}"
    changed = world.call(
        world.admin, "PATCH", path, json={"active": False, "figures": None, "period": "month"}
    )
    assert changed.status_code == 200, changed.text
    assert (changed.json()["active"], changed.json()["figures"], changed.json()["period"]) == (
        False,
        None,
        "month",
    )
    assert changed.json()["next_at"].endswith("-01T07:00:00.000Z")
    assert [one["id"] for one in world.call(world.admin, "GET", "/report-schedule").json()] == [made["id"]]
    assert world.call(world.member, "GET", "/report-schedule").json() == []
    assert world.call(world.admin, "GET", path).json() == changed.json()
    assert world.call(world.admin, "DELETE", path).json()["id"] == made["id"]
    assert world.call(world.admin, "GET", path).status_code == 404
    with world.api.session() as session:
        acts = [entry.action for entry in session.exec(select(AuditEntry).order_by(AuditEntry.id))]
    assert [act for act in acts if "report schedule" in act] == [
        "report schedule created", "report schedule changed", "report schedule deleted",
    ]  # fmt: skip


def test_a_schedule_can_be_of_conversations(any_world: World) -> None:
    world = any_world
    assert make(world)["of"] == "calls"
    made = make(world, of="conversations", figures=["offered", "longest_wait"])
    assert (made["of"], made["by"]) == ("conversations", "queue")
    path = f"/report-schedule/{made['id']}"
    changes: list[tuple[dict[str, Any], set[str]]] = [
        ({"by": "number"}, {"by"}),
        ({"figures": ["abandoned"]}, {"figures.0"}),
        ({"by": "agent"}, {"figures.0", "figures.1"}),
    ]
    for body, wrong in changes:
        answer = world.call(world.admin, "PATCH", path, json=body)
        assert (answer.status_code, set(answer.json()["response"])) == (400, wrong), answer.text
    answer = world.call(world.admin, "PATCH", path, json={"of": "calls", "figures": ["abandoned"]})
    assert (answer.status_code, answer.json()["of"]) == (200, "calls"), answer.text


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"receivers": []}, {"receivers"}),
        ({"receivers": ["a" + "0" * 32]}, {"receivers.0"}),
        ({"period": "year", "hour": 24, "by": "team"}, {"period", "hour", "by"}),
        ({"figures": ["offered", "salary"], "format": "pdf"}, {"format"}),
        ({"figures": ["offered", "salary"]}, {"figures.1"}),
        ({"by": "agent", "figures": ["offered"]}, {"figures.0"}),
        ({"of": "messages"}, {"of"}),
        ({"of": "conversations", "by": "number", "figures": ["answered"]}, {"by"}),
        ({"of": "conversations", "figures": ["offered", "abandoned"]}, {"figures.1"}),
        ({"of": "conversations", "by": "agent", "figures": ["occupancy"]}, {"figures.0"}),
        ({"by": "agent", "queues": ["a" + "0" * 32]}, {"queues"}),
        ({"queues": ["a" + "0" * 32]}, {"queues.0"}),
        ({"name": "\u200b"}, {"name"}),
        ({"name": "a\r\nBcc: x@example.com"}, {"name"}),
    ],
)
def test_what_is_wrong_is_named(world: World, fields: dict[str, Any], wrong: set[str]) -> None:
    assert set(make(world, 400, **fields)["response"]) == wrong
    assert world.call(world.admin, "GET", "/report-schedule").json() == []


def test_receivers_are_members_whose_address_is_verified(world: World) -> None:
    guest, gone = world.api.person(world.team, Role.GUEST), world.api.person(world.team)
    world.call(world.admin, "DELETE", f"/team/{world.admin.team}/users/{gone.id}")
    stranger = world.api.person(world.api.team())
    named = [guest.id, gone.id, stranger.id, world.admin.id]
    assert set(make(world, 400, receivers=named)["response"]) == {"receivers.0", "receivers.1", "receivers.2"}


def test_only_admins_of_the_team(world: World, refuses_outsiders: Refuses) -> None:
    made = make(world)
    path = f"/report-schedule/{made['id']}"
    refuses_outsiders("GET", path)
    refuses_outsiders("PATCH", path, json={"name": "x"})
    refuses_outsiders("DELETE", path)
    body = {"name": "x", "team": world.admin.team, "receivers": [world.member.id]}
    assert world.call(world.member, "POST", "/report-schedule", json=body).status_code == 403
    assert world.call(world.member, "PATCH", path, json={"name": "x"}).status_code == 403
    assert world.call(world.stranger, "POST", "/report-schedule", json=body).status_code == 400


def test_a_team_has_so_many_schedules_and_no_more(world: World) -> None:
    rows = [
        ReportSchedule(team_id=world.team.id, name=f"S{n}", by="queue", period="day", receivers=[])
        for n in range(50)
    ]
    world.api.add(*rows)
    make(world, 409)
