"""No hostile character gets through the texts of memberships and teams that can reach Asterisk."""

from typing import Any

import pytest

from models import Role, Team, TeamUser
from tests.support.api.client import Api, Person
from tests.support.hostile import BREAKS, HOSTILE, IN_NAMES, IN_NUMBERS

pytestmark = pytest.mark.service

E164 = "+1416", "5550100"
MEMBER: dict[str, tuple[str, tuple[str, str]]] = {
    # The field, and what stands before and behind the hostile string. Without it, it would be accepted.
    "extension": ("extension", ("1", "01")),
    "forwarding": ("forward_number", E164),
    "forwarding to an extension": ("forward_number", ("1", "01")),
    "caller id's number": ("caller_id_number", E164),
    "caller id's name": ("caller_id_name", ("Jane", "Doe")),
    "either caller id, a number": ("caller_id", E164),
    "either caller id, a name": ("caller_id", ("Jane", "Doe")),
    "work": ("work_number", E164),
    "home": ("home_number", E164),
    "mobile": ("mobile_number", E164),
}
TEAM = {"timezone": ("America/", "Toronto"), "slug": ("sa", "les"), "recording": ("no", "ne")}


def send(api: Api, admin: Person, method: str, path: str, body: Any) -> Any:
    return api.client.request(method, f"/v1{path}", json=body, headers=admin.headers)


def refused(answer: Any, field: str, hostile: str) -> None:
    assert answer.status_code == 400, (hostile, answer.text)
    assert set(answer.json()["response"]) == {field}, hostile


def hostile_in(parts: tuple[str, str]) -> list[str]:
    allowed = IN_NAMES if parts[0].isalpha() else IN_NUMBERS if parts == E164 else frozenset()
    return [text for text in HOSTILE if text not in allowed]


@pytest.mark.parametrize("where", ["team", "user"])
@pytest.mark.parametrize("name", MEMBER)
def test_hostile_strings_of_a_membership_are_refused(api: Api, name: str, where: str) -> None:
    team = api.team()
    admin, jane = api.person(team, Role.ADMIN), api.person(team, extension="102")
    assert jane.member is not None
    path = f"/team/{admin.team}/users/{jane.id}" if where == "team" else f"/user/{jane.id}"
    before = api.get(TeamUser, jane.member.id).model_dump()
    field, parts = MEMBER[name]
    for hostile in hostile_in(parts):
        refused(send(api, admin, "PATCH", path, {field: hostile.join(parts)}), field, hostile)
    assert api.get(TeamUser, jane.member.id).model_dump() == before
    assert send(api, admin, "PATCH", path, {field: "".join(parts)}).status_code == 200


def test_what_people_write_between_digits_is_not_stored(api: Api) -> None:
    team = api.team()
    admin, jane = api.person(team, Role.ADMIN), api.person(team, extension="102")
    assert jane.member is not None
    for name in ("forwarding", "caller id's number", "work", "home", "mobile"):
        field, parts = MEMBER[name]
        for text in IN_NUMBERS:
            answer = send(api, admin, "PATCH", f"/user/{jane.id}", {field: text.join(parts)})
            assert answer.status_code == 200
            assert getattr(api.get(TeamUser, jane.member.id), field) == "".join(parts)


def test_white_space_round_a_value_is_taken_off_and_all_else_refused(api: Api) -> None:
    team = api.team()
    admin, jane = api.person(team, Role.ADMIN), api.person(team, extension="102")
    assert jane.member is not None
    path = f"/team/{admin.team}/users/{jane.id}"
    for field, parts in MEMBER.values():
        clean = "".join(parts)
        for hostile in hostile_in(parts):
            for text in (hostile + clean, clean + hostile):
                answer = send(api, admin, "PATCH", path, {field: text})
                if text.strip() != clean:
                    refused(answer, field, hostile)
                elif field != "caller_id":
                    assert getattr(api.get(TeamUser, jane.member.id), field) == clean


def test_the_list_form_of_an_extension_is_no_way_round(api: Api) -> None:
    team = api.team()
    admin, jane = api.person(team, Role.ADMIN), api.person(team)
    path = f"/team/{admin.team}/users/{jane.id}"
    for hostile in HOSTILE:
        refused(send(api, admin, "PATCH", path, {"extension": [f"1{hostile}01"]}), "extension", hostile)


@pytest.mark.parametrize("field", TEAM)
def test_hostile_strings_of_a_team_are_refused(api: Api, field: str) -> None:
    team = api.team()
    admin = api.person(team, Role.ADMIN)
    for hostile in HOSTILE:
        body = {field: hostile.join(TEAM[field])}
        refused(send(api, admin, "PATCH", f"/team/{admin.team}", body), field, hostile)
    assert send(api, admin, "PATCH", f"/team/{admin.team}", {field: "".join(TEAM[field])}).status_code == 200


def test_a_teams_main_number_is_read_only(api: Api) -> None:
    team = api.team()
    admin = api.person(team, Role.ADMIN)
    send(api, admin, "PATCH", f"/team/{admin.team}", {"main_number": "+1416&5550100"})
    assert api.get(Team, team.id).main_number is None


@pytest.mark.parametrize("hostile", BREAKS)
def test_names_are_one_line(api: Api, hostile: str) -> None:
    admin = api.person(api.team(), Role.ADMIN)
    text = f"a{hostile}b"
    team, own = f"/team/{admin.team}", f"/team/{admin.team}/users/{admin.id}"
    added = {"first_name": "Jane", "last_name": "Doe", "email": "jane@example.com", "password": "123456"}
    for method, path, field, others in [
        ("POST", "/team", "team_name", {}),
        ("PATCH", team, "team_name", {}),
        ("POST", f"{team}/add", "first_name", added),
        ("POST", f"{team}/add", "last_name", added),
        ("PATCH", own, "first_name", {}),
        ("PATCH", own, "last_name", {}),
        ("PATCH", own, "position", {}),
    ]:
        refused(send(api, admin, method, path, {**others, field: text}), field, hostile)


def test_adding_takes_no_telephony_from_outside(api: Api) -> None:
    admin = api.person(api.team(), Role.ADMIN)
    for number, hostile in enumerate(HOSTILE):
        new = {"email": f"jane{number}@example.com", "password": "123456"}
        more = {field: hostile.join(parts) for field, parts in MEMBER.values()}
        answer = send(api, admin, "POST", f"/team/{admin.team}/add", {**new, **more})
        assert answer.status_code == (400 if "\0" in hostile else 201)
    users = send(api, admin, "GET", f"/team/{admin.team}/users", None).json()
    added = [api.get(TeamUser, user["teamUserId"]) for user in users if user["email"].startswith("jane")]
    assert {row.extension for row in added} == {str(101 + n) for n in range(len(HOSTILE))} - {"112"}
    fields = {field for field, _ in MEMBER.values()} - {"extension", "caller_id"}
    assert {getattr(row, field) for row in added for field in fields} == {None}
