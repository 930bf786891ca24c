"""Importing people and numbers from CSV files: a dry run, then all or none."""

from typing import Any

import pytest
from sqlmodel import col, select

from models import AuditEntry, DidNumber, InventoryNumber, Invite, MemberStatus, Outbox, TeamUser, User
from tests.support.api.client import Person
from tests.support.api.world import World, any_world, pid

__all__ = ["any_world"]

pytestmark = pytest.mark.service

PEOPLE = """email,first_name,last_name,role,extension,caller_id_name
ann@example.com,Ann,Ash,,,Ann Ash
bob@example.com,Bob,Birch,Admin,104,
"""


def send(
    world: World, text: str, *, kind: str = "users", dry: bool = False, caller: Person | None = None
) -> Any:
    path = f"/team/{pid(world.team)}/import/{kind}{'?dry_run=true' if dry else ''}"
    headers = {"content-type": "text/csv", **(caller or world.admin).headers}
    return world.api.client.post(f"/v1{path}", content=text.encode(), headers=headers)


def imported(world: World, text: str, **options: Any) -> list[tuple[int, str, str]]:
    """Import the file. Return each line's number, outcome and name."""
    answer = send(world, text, **options)
    assert answer.status_code == 200, answer.text
    return [(row["line"], row["outcome"], row["name"]) for row in answer.json()["rows"]]


def problems(world: World, text: str, **options: Any) -> dict[str, str]:
    answer = send(world, text, **options)
    assert answer.status_code == 400, answer.text
    found: dict[str, str] = answer.json()["response"]
    return found


def people(world: World) -> dict[str, tuple[str, str | None, str, str]]:
    """Return the team's imported people: role, extension, status and first name by address."""
    with world.api.session() as session:
        rows = session.exec(
            select(User, TeamUser)
            .join(TeamUser, col(TeamUser.user_id) == col(User.id))
            .where(
                TeamUser.team_id == world.team.id, col(User.email).in_(["ann@example.com", "bob@example.com"])
            )
        )
        return {
            user.email: (member.role, member.extension, member.status, user.first_name)
            for user, member in rows
        }


def counted(world: World) -> list[int]:
    """Return how many rows there are of what an import writes."""
    tables = (User, TeamUser, Invite, Outbox, AuditEntry, DidNumber)
    with world.api.session() as session:
        return [len(session.exec(select(table)).all()) for table in tables]


def test_people_are_invited_with_the_extensions_that_the_file_says(any_world: World) -> None:
    world = any_world
    with world.api.session() as session:
        taken = set(session.exec(select(TeamUser.extension).where(TeamUser.team_id == world.team.id)))
    assert "104" not in taken, "the next one that would be given to whom the file gives none"
    assert imported(world, PEOPLE) == [(2, "created", "ann@example.com"), (3, "created", "bob@example.com")]
    found = people(world)
    assert found["bob@example.com"] == ("admin", "104", MemberStatus.PENDING.value, "Bob")
    assert found["ann@example.com"][1] not in (None, "104")
    with world.api.session() as session:
        assert len(session.exec(select(Invite)).all()) == 2
        entries = session.exec(select(AuditEntry)).all()
    assert [(entry.action, entry.details["outcome"]) for entry in entries] == [
        ("user imported", "created")
    ] * 2
    assert imported(world, PEOPLE) == [
        (2, "unchanged", "ann@example.com"),
        (3, "unchanged", "bob@example.com"),
    ]
    again = "Email;Extension\nann@example.com;2001\nbob@example.com;\n"
    assert imported(world, again) == [(2, "changed", "ann@example.com"), (3, "unchanged", "bob@example.com")]
    assert people(world)["ann@example.com"][1] == "2001"


def test_a_dry_run_says_the_same_and_keeps_nothing(any_world: World) -> None:
    before = counted(any_world)
    assert imported(any_world, PEOPLE, dry=True) == [
        (2, "created", "ann@example.com"),
        (3, "created", "bob@example.com"),
    ]
    assert counted(any_world) == before


def test_every_problem_is_named_by_its_line_and_nothing_is_kept(any_world: World) -> None:
    world = any_world
    imported(world, "email,extension\nbob@example.com,104\n")
    before = counted(world)
    text = (
        "email,role,extension\nann@example.com,,104\nnobody,boss,1\nbob@example.com,,112\ncy@example.com,,\n"
    )
    found = problems(world, text)
    assert found.keys() == {
        "line 2.extension",
        "line 3.email",
        "line 3.role",
        "line 3.extension",
        "line 4.extension",
    }
    assert found["line 2.extension"] == "Extension is already taken"
    assert counted(world) == before


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "csv"),
        ("email\n", "csv"),
        ("mail\nann@example.com\n", "mail"),
        ("email,email\na@example.com,\n", "email"),
        ("role\nmember\n", "line 2.email"),
        ("email\nann@example.com,x\n", "line 2"),
        ('email\n"ann@example.com\n', "line 2"),
        ("email\nann@example.com\nann@example.com\n", ""),
    ],
)
def test_files_that_cannot_be_read(world: World, text: str, named: str) -> None:
    if named:
        assert named in problems(world, text)
    else:
        assert [outcome for _, outcome, _ in imported(world, text)] == ["created", "unchanged"]


def test_json_and_a_spreadsheets_encoding_are_taken(world: World) -> None:
    path = f"/team/{pid(world.team)}/import/users?dry_run=true"
    as_json = world.call(world.admin, "POST", path, json={"csv": "\ufeff" + PEOPLE})
    assert as_json.json()["created"] == 2
    headers = {"content-type": "text/csv; charset=windows-1252", **world.admin.headers}
    text = "email;first_name\r\nann@example.com;Zoë\r\n".encode("cp1252")
    url = f"/v1/team/{pid(world.team)}/import/users"
    assert world.api.client.post(url, content=text, headers=headers).status_code == 200
    assert people(world)["ann@example.com"][3] == "Zoë"


def test_only_admins_may(world: World) -> None:
    for kind in ("users", "numbers"):
        assert send(world, PEOPLE, kind=kind, caller=world.member).status_code == 403
        assert send(world, PEOPLE, kind=kind, caller=world.stranger).status_code == 404
        anonymous = world.api.client.post(f"/v1/team/{pid(world.team)}/import/{kind}", json={"csv": "email"})
        assert anonymous.status_code == 401


def test_a_quota_refuses_the_whole_file(world: World) -> None:
    with world.api.session() as session:
        session.get_one(type(world.team), world.team.id).quotas = {"members": 4}
    before = counted(world)
    answer = send(world, PEOPLE)
    assert answer.status_code == 409, answer.text
    assert counted(world) == before


def test_numbers_are_bought_and_lead_where_the_file_says(any_world: World) -> None:
    world = any_world
    world.queue("Sales")
    with world.api.session() as session:
        for last in (1, 2):
            session.add(InventoryNumber(e164=f"+1416555010{last}", country="CA", area_code="416"))
    text = "number,name,queue,retention_days\n+1 416 555 0101,Main,Sales,30\n+14165550102,Second,,\n"
    assert imported(world, text, kind="numbers", dry=True) == imported(world, text, kind="numbers")
    with world.api.session() as session:
        main = session.exec(select(DidNumber).where(DidNumber.e164 == "+14165550101")).one()
        assert (main.name, main.retention_days, main.queue_id is not None) == ("Main", 30, True)
    moved = "number,queue\n+14165550101,\n+14165550102,Sales\n"
    outcomes = [outcome for _, outcome, _ in imported(world, moved, kind="numbers")]
    assert outcomes == ["unchanged", "changed"]


def test_numbers_that_cannot_be_had(world: World) -> None:
    text = "number,queue,user,retention_days\n+14165550199,,,\n12,Nope,nobody@example.com,x\n"
    found = problems(world, text, kind="numbers")
    assert found.keys() == {"line 2", "line 3.number", "line 3.retention_days"}
    named = problems(world, "number,queue\n+14165550199,Nope\n", kind="numbers")
    assert named == {"line 2.queue": "The team has no queue of this name"}
