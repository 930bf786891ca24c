"""The operators: they suspend and reactivate, end sessions, set quotas, close sign-up. The audit log tells of it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col, select

from api.accounts.audit import COMMAND_LINE
from api.accounts.platform.service import delete_audit
from api.core.errors import Conflict
from api.core.scope import SUSPENDED
from models import AuditEntry, InventoryNumber, Role, TeamUser, User, utcnow
from pbx.configuration.loader import Database
from switchroom.settings import Settings
from tests.support.api.client import Api, Person
from tests.support.api.world import World, any_world, pid

__all__ = ["any_world"]

pytestmark = pytest.mark.service


def operator_of(api: Api) -> Person:
    person = api.person()
    with api.session() as session:
        session.get(User, person.user.id).operator = True
    return person


def act(world: World, operator: Person, path: str, body: Any = None) -> Any:
    answer = world.call(operator, "POST", f"/platform/{path}", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def numbers_in_service(world: World) -> set[str]:
    items = Database(world.api.context.engine, Settings()).load().items
    return {item.id for item in items if type(item).__name__ == "NumberConfig"}


def with_a_number(world: World) -> str:
    answer = world.api
    answer.add(InventoryNumber(e164="+14165550100", country="CA"))
    body = {"number": "+14165550100", "user": world.member.id}
    made = world.call(world.admin, "POST", "/didnumber", json=body)
    assert made.status_code == 201, made.text
    return str(made.json()["id"][1:])


OPERATIONS = [
    ("GET", "/platform/team"),
    ("GET", "/platform/user"),
    ("GET", "/platform/audit"),
    ("POST", "/platform/team/{team}/suspend"),
    ("POST", "/platform/team/{team}/reactivate"),
    ("POST", "/platform/team/{team}/quotas"),
    ("POST", "/platform/user/{user}/suspend"),
    ("POST", "/platform/user/{user}/reactivate"),
    ("POST", "/platform/user/{user}/end-sessions"),
    ("POST", "/platform/user/{user}/drop-second-factor"),
]


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_only_operators_may(world: World, method: str, path: str) -> None:
    url = path.format(team=pid(world.team), user=world.member.id)
    body: dict[str, int] | None = {} if path.endswith("quotas") else None
    assert world.call(None, method, url, json=body).status_code == 401
    assert world.call(world.admin, method, url, json=body).status_code == 403
    assert world.call(operator_of(world.api), method, url, json=body).status_code == 200


def test_a_suspended_team_is_out_until_it_is_reactivated(any_world: World) -> None:
    world, operator = any_world, operator_of(any_world.api)
    number = with_a_number(world)
    assert number in numbers_in_service(world)
    assert world.call(world.admin, "GET", f"/team/{pid(world.team)}/info").status_code == 200
    assert act(world, operator, f"team/{pid(world.team)}/suspend")["suspended_at"]
    assert world.call(world.admin, "GET", "/user/me").json()["teams"] == []
    assert number not in numbers_in_service(world)
    assert world.member.member is not None
    assert ("phone", world.member.member.sip_username) in told(world)
    assert {("number", number), ("team", world.team.id)} <= told(world)
    assert hung_up(world) == {world.member.member.sip_username: True}
    assert act(world, operator, f"team/{world.team.slug}/reactivate")["suspended_at"] is None
    assert world.call(world.admin, "GET", f"/team/{pid(world.team)}/info").status_code == 200
    assert number in numbers_in_service(world)
    assert hung_up(world) == {world.member.member.sip_username: False}


@pytest.mark.parametrize("elsewhere", [False, True])
def test_members_are_told_that_their_team_is_suspended(world: World, elsewhere: bool) -> None:
    """Also members who are in a second team, by what belongs to the suspended one. Strangers are told nothing."""
    team, operator = pid(world.team), operator_of(world.api)
    queue = world.call(world.admin, "POST", "/CCQueueConfig", json={"team": team, "name": "Sales"}).json()[
        "id"
    ]
    if elsewhere:
        world.api.add(TeamUser(team_id=world.api.team().id, user_id=world.admin.user.id, role="admin"))
    act(world, operator, f"team/{team}/suspend")
    asked: list[tuple[str, str, Any]] = [
        ("GET", f"/team/{team}/info", None),
        ("GET", f"/CCQueueConfig/{queue}", None),
        ("PATCH", f"/CCQueueConfig/{queue}", {"name": "Support"}),
        ("GET", f"/team/{team}/ccqueueconfig", None),
        ("POST", "/CCQueueConfig", {"team": team, "name": "Support"}),
    ]
    for method, path, body in asked:
        answer = world.call(world.admin, method, path, json=body)
        assert (answer.status_code, answer.json()["response"]["message"]) == (403, SUSPENDED), path
        if method == "GET":
            assert world.call(world.stranger, method, path).status_code == 404
    assert world.call(world.admin, "GET", "/call-log").status_code == (200 if elsewhere else 403)
    assert world.call(world.admin, "GET", "/user/me").status_code == 200


def hung_up(world: World) -> dict[str, bool]:
    """Return whether each phone was hung up, as the last command said."""
    return {c["id"]: c["hang_up"] for c in world.engine.commands() if c.get("kind") == "phone"}


def told(world: World) -> set[tuple[str, str | None]]:
    return {(c["kind"], c["id"]) for c in world.engine.commands() if c["type"] == "config"}


def test_a_suspended_user_is_signed_out_and_their_number_leads_nowhere(any_world: World) -> None:
    world, operator = any_world, operator_of(any_world.api)
    number = with_a_number(world)
    assert act(world, operator, f"user/{world.member.id}/suspend")["status"] == "deactivated"
    assert world.call(world.member, "GET", "/user/me").status_code == 401
    assert number not in numbers_in_service(world)
    assert world.member.member is not None
    assert hung_up(world) == {world.member.member.sip_username: True}
    assert ("user", world.member.member.id) in told(world)
    with world.api.session() as session:
        session.get(User, world.member.user.id).password_hash = "set"
    assert act(world, operator, f"user/{world.member.id}/reactivate")["status"] == "active"
    assert number in numbers_in_service(world)
    assert world.call(world.member, "GET", "/user/me").status_code == 401


def test_an_operator_ends_sessions(any_world: World) -> None:
    world, operator = any_world, operator_of(any_world.api)
    act(world, operator, f"user/{world.member.id}/end-sessions")
    assert world.call(world.member, "GET", "/user/me").status_code == 401
    assert world.call(world.admin, "GET", "/user/me").status_code == 200


def test_quotas_name_themselves_and_operators_raise_them(any_world: World) -> None:
    world, operator = any_world, operator_of(any_world.api)
    team = pid(world.team)
    limits = {"members": 4, "queues": 1, "numbers": 0, "mails_a_day": 2}
    assert act(world, operator, f"team/{team}/quotas", limits)["quotas"] == limits
    world.api.add(InventoryNumber(e164="+14165550100", country="CA"))

    def make(what: str, n: int) -> Any:
        path, body = {
            "queues": ("/CCQueueConfig", {"team": team, "name": f"Queue {n}"}),
            "numbers": ("/didnumber", {"number": "+14165550100"}),
            "members": (f"/team/{team}/add", {"email": f"user{n}@example.com", "password": "123456"}),
            "invited": (f"/team/{team}/invite", [{"email": f"invited{n}@example.com"}]),
        }[what]
        return world.call(world.admin, "POST", path, json=body)

    assert [make("queues", n).status_code for n in range(2)] == [201, 409]
    assert make("numbers", 0).json()["response"]["quota"] == "numbers"
    assert [make("members", n).status_code for n in range(2)] == [201, 409]
    assert make("invited", 0).json()["response"] == {
        "message": "The team may have 4 members. An operator raises the limit", "quota": "members", "limit": 4,
    }  # fmt: skip
    act(world, operator, f"team/{team}/quotas", {"members": None, "numbers": 1})
    assert make("numbers", 0).status_code == 201
    assert [make("invited", n).status_code for n in range(3)] == [201, 201, 429]
    with world.api.session() as session:
        assert session.exec(select(User).where(col(User.email) == "invited2@example.com")).first() is None


def test_the_audit_log_says_who_did_what_when_and_from_where(any_world: World) -> None:
    world, operator = any_world, operator_of(any_world.api)
    team = pid(world.team)
    act(world, operator, f"team/{team}/quotas", {"queues": 3})
    world.call(world.admin, "POST", f"/team/{team}/invite", json=[{"email": "new@example.com"}])
    world.call(world.admin, "PATCH", f"/team/{team}/users/{world.member.id}", json={"role": "admin"})
    world.call(world.admin, "DELETE", f"/team/{team}/users/{world.member.id}")
    act(world, operator, f"user/{world.member.id}/end-sessions")
    entries = world.call(operator, "GET", "/platform/audit?limit=10").json()
    assert [(e["actor"], e["action"], e["address"]) for e in entries] == [
        (operator.user.email, "sessions ended", "testclient"),
        (world.admin.user.email, "user deactivated", "testclient"),
        (world.admin.user.email, "user changed", "testclient"),
        (world.admin.user.email, "user invited", "testclient"),
        (operator.user.email, "quotas set", "testclient"),
    ]
    assert entries[2]["details"] == {"role": "admin", "status": "active"}
    assert entries[4] | {"created_at": 0, "id": 0} == {
        "id": 0, "created_at": 0, "actor": operator.user.email, "actor_id": operator.id, "address": "testclient",
        "action": "quotas set", "team": team, "object_id": team, "details": {"queues": 3},
    }  # fmt: skip
    own = world.call(world.admin, "GET", f"/team/{team}/audit?action=quotas%20set")
    assert (own.headers["X-Total-Count"], own.json()[0]["id"]) == ("1", entries[4]["id"])
    assert len(world.call(world.admin, "GET", f"/team/{team}/audit").json()) == 4
    assert world.call(world.stranger, "GET", f"/team/{team}/audit").status_code == 404


def change(entry: AuditEntry, session: Session) -> None:
    entry.actor = "nobody"


def delete(entry: AuditEntry, session: Session) -> None:
    session.delete(entry)


@pytest.mark.parametrize("spoil", [change, delete])
def test_the_audit_log_is_append_only(api: Api, spoil: Callable[[AuditEntry, Session], None]) -> None:
    api.add(AuditEntry(actor="jane@example.com", action="team suspended"))
    with Session(api.context.engine) as session:
        spoil(session.exec(select(AuditEntry)).one(), session)
        with pytest.raises(TypeError, match="append only"):
            session.flush()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_log SET actor = 'nobody'",
        "DELETE FROM audit_log",
        "INSERT OR REPLACE INTO audit_log SELECT id, created_at, actor_id, 'nobody', address, action, team_id, "
        "object_id, details FROM audit_log",
        "TRUNCATE audit_log",
    ],
)
def test_the_database_too_keeps_the_audit_log(any_api: Api, statement: str) -> None:
    kind = any_api.context.engine.dialect.name
    if ("REPLACE" in statement and kind != "sqlite") or ("TRUNCATE" in statement and kind == "sqlite"):
        pytest.skip("another database's statement")
    any_api.add(AuditEntry(actor="jane@example.com", action="team suspended"))
    with any_api.context.engine.connect() as connection, pytest.raises(DBAPIError, match="append only"):
        connection.execute(text(statement))
    with any_api.session() as session:
        assert session.exec(select(AuditEntry.actor)).all() == ["jane@example.com"]


def test_entries_of_more_than_a_year_are_deleted_and_the_log_says_so(any_api: Api) -> None:
    old = utcnow() - timedelta(days=400)
    any_api.add(AuditEntry(actor="old", action="x", created_at=old), AuditEntry(actor="new", action="x"))
    with any_api.session() as session:
        assert delete_audit(session, COMMAND_LINE, 365) == 1
        with pytest.raises(Conflict):
            delete_audit(session, COMMAND_LINE, 364)
    with any_api.session() as session:
        entries = session.exec(select(AuditEntry).order_by(col(AuditEntry.id))).all()
    assert [(entry.actor, entry.action) for entry in entries] == [
        ("new", "x"), ("command line", "audit log shortened"),
    ]  # fmt: skip
    assert entries[1].details == {"days": 365, "deleted": 1}


def test_plain_members_read_no_audit_log(world: World) -> None:
    assert world.call(world.member, "GET", f"/team/{pid(world.team)}/audit").status_code == 403


@pytest.mark.parametrize("mode", ["invited", "closed"])
def test_sign_up_is_closed_by_a_setting(make_api: Callable[..., Api], sqlite_url: str, mode: str) -> None:
    api = make_api(sqlite_url, signup=mode)
    operator, admin = operator_of(api), api.person(api.team(), Role.ADMIN)
    new = {"email": "new@example.com", "password": "123456"}
    assert api.client.post("/v1/user", json=new).status_code == 403
    assert api.client.post("/v1/user", json=new, headers=admin.headers).status_code == 403
    assert api.client.post("/v1/user", json=new, headers=operator.headers).status_code == 201
    assert api.client.post("/v1/team", json={"team_name": "New"}, headers=admin.headers).status_code == 403
    assert api.client.post("/v1/team", json={"team_name": "New"}, headers=operator.headers).status_code == 201
    allowed = 201 if mode == "invited" else 403
    invited = [{"email": "invited@example.com"}]
    for path, body in (("invite", invited), ("add", {**new, "email": "added@example.com"})):
        answer = api.client.post(f"/v1/team/{admin.team}/{path}", json=body, headers=admin.headers)
        assert answer.status_code == allowed
    known = [{"email": operator.user.email}]
    path = f"/v1/team/{admin.team}/invite"
    assert api.client.post(path, json=known, headers=admin.headers).status_code == 201
