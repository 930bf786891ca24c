"""A member on whom others depend: 409 with the list, or a transfer; what is there already is never refused."""

from typing import Any

import pytest
from sqlmodel import Session, select

from models import (
    CallRoute,
    CallRouteVersion,
    Department,
    DepartmentUser,
    DidNumber,
    Queue,
    QueueManager,
    Role,
    TeamUser,
)
from tests.support.api.client import Person
from tests.support.api.world import World, any_world, pid

__all__ = ["any_world"]

pytestmark = pytest.mark.service


class Office:
    """A team in which everything names Jane."""

    def __init__(self, world: World) -> None:
        self.world, team = world, world.team.id
        self.jane = world.api.person(world.team, extension="111")
        self.other = world.member
        user = self.jane.user.id
        self.queue = world.queue(overflow={"type": "user", "settings": {"user": user}})
        blocks = {"ring": {"type": "user", "settings": {"user": user}, "exits": {}}}
        self.route = CallRoute(team_id=team, name="Main", entry="ring", blocks=blocks)
        self.department = Department(team_id=team, name="Support")
        self.number = DidNumber(team_id=team, e164="+14165550100", user_id=user)
        world.api.add(
            self.route,
            self.department,
            self.number,
            QueueManager(queue_id=self.queue.id, user_id=user),
            DepartmentUser(department_id=self.department.id, user_id=user),
        )
        self.path = f"/team/{world.admin.team}/users/{self.jane.id}"

    def deactivate(self, transfer: Person | None = None, by: str = "DELETE") -> Any:
        query = f"?transfer={transfer.id}" if transfer else ""
        body = (
            {}
            if by == "DELETE"
            else {"json": {"status": "deactivated"} if by == "PATCH" else {"role": "guest"}}
        )
        method = "DELETE" if by == "DELETE" else "PATCH"
        return self.world.call(self.world.admin, method, self.path + query, **body)


@pytest.mark.parametrize("by", ["DELETE", "PATCH", "guest"])
def test_a_conflict_lists_all_that_depends_on_the_member(any_world: World, by: str) -> None:
    office = Office(any_world)
    answer = office.deactivate(by=by)
    assert (answer.status_code, answer.json()["errorType"]) == (409, "conflict")
    found = answer.json()["response"]
    assert {name: found[name] for name in ("queues", "routes", "departments", "numbers")} == {
        "queues": [{"id": pid(office.queue), "name": "Sales"}],
        "routes": [{"id": pid(office.route), "name": "Main"}],
        "departments": [{"id": pid(office.department), "name": "Support"}],
        "numbers": [{"id": pid(office.number), "number": "+14165550100"}],
    }
    assert office.jane.member is not None
    member = any_world.api.get(TeamUser, office.jane.member.id)
    assert (member.status, member.role, member.extension) == ("active", "member", "111")


@pytest.mark.parametrize("by", ["DELETE", "PATCH", "guest"])
def test_a_transfer_moves_all_of_it(any_world: World, by: str) -> None:
    office = Office(any_world)
    assert office.deactivate(office.other, by).status_code == 200
    user = office.other.user.id
    with Session(any_world.api.context.engine) as session:
        assert [row.user_id for row in session.exec(select(QueueManager))] == [user]
        assert [row.user_id for row in session.exec(select(DepartmentUser))] == [user]
        assert session.exec(select(DidNumber)).one().user_id == user
        assert session.exec(select(Queue)).one().overflow == {"type": "user", "settings": {"user": user}}
        route = session.exec(select(CallRoute)).one()
        assert (route.version, route.blocks["ring"]["settings"]) == (2, {"user": user})
        assert session.exec(select(CallRouteVersion)).one().version == 2
    told = {(c["kind"], c["id"]) for c in any_world.engine.commands() if c["type"] == "config"}
    assert {
        ("queue", office.queue.id),
        ("department", office.department.id),
        ("number", office.number.id),
        ("route", office.route.id),
    } <= told


def test_a_transfer_to_someone_who_is_there_already(any_world: World) -> None:
    office = Office(any_world)
    user = office.other.user.id
    any_world.api.add(
        QueueManager(queue_id=office.queue.id, user_id=user),
        DepartmentUser(department_id=office.department.id, user_id=user),
    )
    assert office.deactivate(office.other).status_code == 200
    with Session(any_world.api.context.engine) as session:
        assert [row.user_id for row in session.exec(select(QueueManager))] == [user]
        assert [row.user_id for row in session.exec(select(DepartmentUser))] == [user]


def test_a_transfer_names_another_active_member(any_world: World) -> None:
    office = Office(any_world)
    guest = any_world.api.person(any_world.team, Role.GUEST)
    for person in (office.jane, guest, any_world.stranger):
        answer = office.deactivate(person)
        assert (answer.status_code, set(answer.json()["response"])) == (400, {"transfer"})


def test_a_route_that_names_the_members_agent_needs_an_agent(any_world: World) -> None:
    jane = any_world.api.person(any_world.team, extension="111")
    agent = any_world.agent(jane, "Jane")
    blocks = {"ring": {"type": "agent", "settings": {"agent": agent.id}, "exits": {}}}
    any_world.api.add(CallRoute(team_id=any_world.team.id, name="Main", entry="ring", blocks=blocks))
    path = f"/team/{any_world.admin.team}/users/{jane.id}?transfer={any_world.member.id}"
    assert any_world.call(any_world.admin, "DELETE", path).status_code == 409
    other = any_world.agent(any_world.member, "Kate")
    assert any_world.call(any_world.admin, "DELETE", path).status_code == 200
    with Session(any_world.api.context.engine) as session:
        assert session.exec(select(CallRoute)).one().blocks["ring"]["settings"] == {"agent": other.id}


def test_what_stands_unchanged_in_a_body_is_not_refused(any_world: World) -> None:
    office = Office(any_world)
    assert office.jane.member is not None
    with any_world.api.session() as session:
        session.get(TeamUser, office.jane.member.id).status = "deactivated"
    admin, queue, route = (
        any_world.admin,
        f"/CCQueueConfig/{pid(office.queue)}",
        f"/callroute/{pid(office.route)}",
    )
    shown = any_world.call(admin, "GET", queue).json()
    managers = {"managers": shown["managers"], "overflow": shown["overflow"], "name": "Other"}
    for path, body in (
        (queue, managers),
        (queue, {"managers": [*shown["managers"], any_world.member.id]}),
        (f"/didnumber/{pid(office.number)}", {"user": office.jane.id, "name": "Main line"}),
        (route, {"name": "Other", "blocks": any_world.call(admin, "GET", route).json()["blocks"]}),
    ):
        answer = any_world.call(admin, "PATCH", path, json=body)
        assert answer.status_code == 200, answer.text
    new = any_world.queue("New")
    refused = any_world.call(
        admin, "PATCH", f"/CCQueueConfig/{pid(new)}", json={"managers": [office.jane.id]}
    )
    assert refused.status_code == 400


def test_members_leave_a_team_by_themselves_but_end_nobody_elses_membership(any_world: World) -> None:
    other = any_world.api.person(any_world.team, extension="111")
    path = f"/team/{any_world.member.team}/users/"
    assert any_world.call(any_world.member, "DELETE", path + other.id).status_code == 403
    assert any_world.call(any_world.member, "DELETE", path + any_world.member.id).status_code == 200
    assert any_world.call(any_world.member, "GET", "/user/me").json()["teams"] == []
