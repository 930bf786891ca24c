"""Contacts over HTTP: the document's example, who sees which, and what a route finds by a number."""

from typing import Any

import pytest
from sqlmodel import Session

from models import Contact, Role, contact_attributes, contact_by_number
from switchroom.webhook_signature import HEADER, signature, team_secret
from tests.support.api.client import Api, Person
from tests.support.api.world import World, world_of

pytestmark = pytest.mark.service

EXAMPLE = {
    "first_name": "asdf",
    "last_name": "asdf",
    "email": "user@example.com",
    "work_number": "+18888988826",
    "home_number": "+18888988826",
    "cell_number": "+18888988826",
}


@pytest.fixture
def world(api: Api) -> World:
    return world_of(api)


@pytest.fixture
def any_world(any_api: Api) -> World:
    return world_of(any_api)


def make(world: World, person: Person, **fields: Any) -> dict[str, Any]:
    answer = world.call(person, "POST", "/contact", json={**EXAMPLE, **fields})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def test_create_contact_as_documented(any_world: World) -> None:
    made = make(any_world, any_world.member)
    assert {name: made[name] for name in EXAMPLE} == EXAMPLE
    assert made["owner"] == any_world.member.id
    assert (made["team"], made["attributes"]) == (None, {})
    assert len(made["id"]) == 33
    got = any_world.call(any_world.member, "GET", f"/contact/{made['id']}")
    assert (got.status_code, got.json()) == (200, made)


def test_list_contacts(any_world: World) -> None:
    world = any_world
    ann = make(world, world.member, first_name="Ann")
    bob = make(world, world.member, first_name="Bob", work_number="+14165550100")
    make(world, world.admin, first_name="Carl")
    listed = world.call(world.member, "GET", "/contact")
    assert (listed.json(), listed.headers["X-Total-Count"]) == ([ann, bob], "2")
    assert world.call(world.member, "GET", "/contact?search=ANN").json() == [ann]
    assert world.call(world.member, "GET", "/contact?search=4165550100").json() == [bob]
    where = '{"first_name": {"startsWith": "B"}}'
    assert world.call(world.member, "GET", "/contact", params={"where": where}).json() == [bob]
    assert world.call(world.member, "GET", "/contact?sort=first_name DESC&limit=1").json() == [bob]
    assert world.call(world.stranger, "GET", "/contact").json() == []
    assert world.call(None, "GET", "/contact").status_code == 401


def test_update_contact_as_documented(any_world: World) -> None:
    world = any_world
    made = make(world, world.member, first_name="Jane")
    path = f"/contact/{made['id']}"
    answer = world.call(world.member, "PATCH", path, json={**made, **EXAMPLE, "owner": world.admin.id})
    assert answer.status_code == 200
    assert {name: answer.json()[name] for name in EXAMPLE} == EXAMPLE
    assert answer.json()["owner"] == world.member.id
    cleared = world.call(world.member, "PATCH", path, json={"email": None, "home_number": ""}).json()
    assert (cleared["email"], cleared["home_number"], cleared["first_name"]) == (None, None, "asdf")


def test_delete_contact(any_world: World) -> None:
    made = make(any_world, any_world.member)
    path = f"/contact/{made['id']}"
    answer = any_world.call(any_world.member, "DELETE", path)
    assert (answer.status_code, answer.json()) == (200, made)
    assert any_world.call(any_world.member, "GET", path).status_code == 404


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_a_personal_contact_is_its_owners_alone(world: World, method: str) -> None:
    path = f"/contact/{make(world, world.member)['id']}"
    body = {"json": {"first_name": "x"}} if method == "PATCH" else {}
    assert world.call(None, method, path, **body).status_code == 401
    for person in (world.stranger, world.admin):
        answer = world.call(person, method, path, **body)
        assert (answer.status_code, answer.json()["errorType"]) == (404, "not_found")
    assert world.call(world.member, method, path, **body).status_code == 200


def test_nobody_creates_without_a_token(world: World) -> None:
    assert world.call(None, "POST", "/contact", json=EXAMPLE).status_code == 401


def test_an_organizations_contact_is_seen_by_its_members(world: World) -> None:
    made = make(world, world.member, team=world.member.team)
    path, colleague = f"/contact/{made['id']}", world.api.person(world.team)
    assert world.call(colleague, "GET", path).json() == made
    assert world.call(world.stranger, "GET", path).status_code == 404
    guest = world.api.person(world.team, Role.GUEST)
    assert world.call(guest, "GET", path).status_code == 404
    assert world.call(colleague, "PATCH", path, json={"first_name": "x"}).status_code == 403
    assert world.call(colleague, "DELETE", path).status_code == 403
    assert world.call(world.admin, "PATCH", path, json={"first_name": "x"}).json()["first_name"] == "x"
    assert world.call(world.admin, "PATCH", path, json={"team": None}).status_code == 403
    assert world.call(world.member, "PATCH", path, json={"team": None}).json()["team"] is None
    assert world.call(world.admin, "GET", path).status_code == 404
    linked = world.call(world.member, "PATCH", path, json={"team": world.member.team})
    assert linked.json()["team"] == world.member.team
    assert world.call(world.admin, "DELETE", path).status_code == 200


def test_a_strangers_team_cannot_be_linked(world: World) -> None:
    answer = world.call(world.member, "POST", "/contact", json={**EXAMPLE, "team": world.stranger.team})
    assert (answer.status_code, list(answer.json()["response"])) == (400, ["team"])
    path = f"/contact/{make(world, world.member)['id']}"
    assert world.call(world.member, "PATCH", path, json={"team": world.stranger.team}).status_code == 400


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("+1 (888) 898-8826", "+18888988826"),
        ("0049 30 123456", "+4930123456"),
        ("+49/30.12 34-56", "+4930123456"),
        ("", None),
    ],
)
def test_numbers_are_kept_in_e164(world: World, written: str, kept: str | None) -> None:
    assert make(world, world.member, work_number=written)["work_number"] == kept


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("work_number", "8888988826"), ("cell_number", "+1"), ("home_number", "call me"), ("home_number", 5),
        ("email", "nobody"), ("first_name", "x" * 101), ("first_name", "a\nb"), ("last_name", None),
        ("attributes", {"Name": "x"}), ("attributes", {"a-b": "x"}), ("attributes", {"name": "x"}),
        ("attributes", {"a": 5}), ("attributes", {"a": "x" * 1001}), ("attributes", []), ("attributes", {"a": "\0"}),
        ("attributes", {f"a{n}": "x" for n in range(51)}), ("team", "no id"),
    ],
)  # fmt: skip
def test_wrong_values_are_named(world: World, field: str, value: Any) -> None:
    answer = world.call(world.member, "POST", "/contact", json={**EXAMPLE, field: value})
    assert answer.status_code == 400
    assert [name.split(".")[0] for name in answer.json()["response"]] == [field]


def test_a_contact_says_who_it_is(world: World) -> None:
    answer = world.call(world.member, "POST", "/contact", json={"attributes": {"plan": "gold"}})
    assert (answer.status_code, "first_name" in answer.json()["response"]) == (400, True)
    path = f"/contact/{make(world, world.member)['id']}"
    nothing = dict.fromkeys(("email", "work_number", "home_number", "cell_number"))
    cleared = world.call(world.member, "PATCH", path, json={**nothing, "first_name": "", "last_name": ""})
    assert cleared.status_code == 400
    assert world.call(world.member, "GET", path).json()["email"] == "user@example.com"


def test_a_route_finds_the_organizations_contact_by_any_number(any_world: World) -> None:
    world = any_world
    make(world, world.member, first_name="Personal")
    team = {"team": world.member.team}
    numbers = {"work_number": "+14165550101", "home_number": "+14165550102", "cell_number": "+14165550103"}
    fields = {**team, **numbers, "first_name": "Ann", "last_name": "", "attributes": {"plan": "gold"}}
    ann = make(world, world.member, **fields)
    with Session(world.api.context.engine) as session:
        for number in numbers.values():
            found = contact_by_number(session, world.team.id, number)
            assert found is not None
            assert contact_attributes(found) == {
                "id": ann["id"][1:],
                "name": "Ann",
                "first_name": "Ann",
                "email": "user@example.com",
                "plan": "gold",
            }
        assert contact_by_number(session, world.team.id, "+18888988826") is None, "it is personal"
        stranger = world.stranger.team[1:]
        assert contact_by_number(session, stranger, "+14165550101") is None


@pytest.mark.parametrize(
    ("written", "caller"),
    [
        ("+5491123456789", "+541123456789"),
        ("+541123456789", "+5491123456789"),
        ("+39 06 1234 5678", "+39612345678"),
        ("+5215512345678", "+525512345678"),
        ("+55 11 8765 4321", "+5511987654321"),
    ],
)
def test_a_contact_is_found_by_any_spelling_of_the_number(
    any_world: World, written: str, caller: str
) -> None:
    world = any_world
    made = make(world, world.member, team=world.member.team, work_number=written)
    with Session(world.api.context.engine) as session:
        found = contact_by_number(session, world.team.id, caller)
    assert found is not None
    assert found.id == made["id"][1:]


def test_of_two_contacts_with_one_number_the_one_changed_last_is_found(any_world: World) -> None:
    world = any_world
    first = make(world, world.member, team=world.member.team, first_name="First")
    make(world, world.member, team=world.member.team, first_name="Second")
    world.call(world.member, "PATCH", f"/contact/{first['id']}", json={"last_name": "Changed"})
    with Session(world.api.context.engine) as session:
        found = contact_by_number(session, world.team.id, "+18888988826")
    assert found is not None
    assert found.first_name == "First"
    assert world.api.get(Contact, first["id"]).last_name == "Changed"


def test_the_secret_of_webhooks_is_the_admins(world: World) -> None:
    path = f"/team/{world.admin.team}/webhook-secret"
    answer = world.call(world.admin, "GET", path)
    secret = answer.json()["secret"]
    assert (answer.status_code, answer.json()["header"]) == (200, HEADER)
    assert secret == team_secret(world.api.context.settings.secret_key, world.team.id)
    other = world.call(world.stranger, "GET", f"/team/{world.stranger.team}/webhook-secret").json()["secret"]
    assert len({secret, other}) == 2
    assert world.call(world.member, "GET", path).status_code == 403
    assert world.call(world.stranger, "GET", path).status_code == 404
    assert world.call(None, "GET", path).status_code == 401
    assert signature("key", 5, b"{}").startswith("t=5,v1=")
