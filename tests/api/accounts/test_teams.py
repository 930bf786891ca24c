"""`/team`: the document's examples, strangers, no token."""

import pytest
from sqlmodel import Session, col, select

from models import CallRoute, DidNumber, InventoryNumber, Outbox, Role, Team, TeamUser
from routing.routes.document import validate_route
from tests.support.api.client import Api, Person

pytestmark = pytest.mark.service

EXAMPLE = {
    "team_name": "My company name",
    "country": "Canada",
    "city": "Toronto",
    "state": "ON",
    "ref": "referral_code",
}
FIELDS = {
    "team_name", "slug", "departments", "billing_id", "activated", "city", "country", "state",
    "autoreception", "id", "users", "owner",
}  # fmt: skip


def stock(api: Api) -> None:
    api.add(
        InventoryNumber(e164="+12125550100", country="US", state="NY", city="New York", area_code="212"),
        InventoryNumber(e164="+15145550100", country="CA", state="QC", city="Montreal", area_code="514"),
        InventoryNumber(e164="+16475550100", country="CA", state="ON", city="Toronto", area_code="647"),
    )


def create(api: Api, owner: Person, **changes: str) -> dict[str, object]:
    body = {**EXAMPLE, "owner": owner.id, **changes}
    answer = api.client.post("/v1/team", json=body, headers=owner.headers)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


@pytest.mark.operation("create-team")
def test_create_team_answers_the_fields_of_the_example(any_api: Api) -> None:
    stock(any_api)
    owner = any_api.person()
    team = create(any_api, owner)
    assert set(team) >= FIELDS
    assert team["slug"] == "my-company-name"
    assert (team["activated"], team["autoreception"], team["departments"]) == ("pending", "not-started", {})
    assert team["users"] == team["owner"] == [owner.id]
    assert team["timezone"] == "America/Toronto"
    assert team["main_number"] == "+16475550100"


def test_create_team_makes_the_owner_an_admin_with_a_sip_account(any_api: Api) -> None:
    owner = any_api.person()
    team_id = str(create(any_api, owner)["id"])[1:]
    with Session(any_api.context.engine) as session:
        member = session.exec(select(TeamUser).where(col(TeamUser.team_id) == team_id)).one()
    assert member.role == Role.ADMIN.value
    assert member.extension == "101"
    assert member.sip_username == f"e101t{team_id[-12:]}"
    assert member.extension_secret is not None
    assert len(member.extension_secret) >= 32


def test_create_team_wires_the_main_number_to_a_valid_auto_attendant(api: Api) -> None:
    stock(api)
    create(api, api.person())
    with Session(api.context.engine) as session:
        number = session.exec(select(DidNumber)).one()
        route = session.get_one(CallRoute, number.route_id)
        kinds = [row.payload["kind"] for row in session.exec(select(Outbox).order_by(col(Outbox.id)))]
    assert validate_route({"name": route.name, "entry": route.entry, "blocks": route.blocks}) == []
    assert kinds == ["team", "user", "route", "number"]


@pytest.mark.parametrize(
    ("place", "number", "zone"),
    [
        ({"city": "Ottawa"}, "+16475550100", "America/Toronto"),
        ({"city": "Vancouver", "state": "BC"}, "+15145550100", "America/Vancouver"),
        ({"country": "US", "state": "Texas", "city": "Austin"}, "+12125550100", "America/Chicago"),
        ({"country": "Germany", "state": "", "city": ""}, None, "Europe/Berlin"),
    ],
)
def test_the_nearest_number_is_allotted(
    api: Api, place: dict[str, str], number: str | None, zone: str
) -> None:
    stock(api)
    team = create(api, api.person(), **place)
    assert (team["main_number"], team["timezone"]) == (number, zone)


def test_create_team_refuses_a_taken_name_a_strange_owner_and_country(any_api: Api) -> None:
    owner, other = any_api.person(), any_api.person()
    create(any_api, owner)
    for changes, field in (
        ({"team_name": "my COMPANY name"}, "team_name"),
        ({"team_name": "Other", "owner": other.id}, "owner"),
        ({"team_name": "Other", "country": "Atlantis"}, "country"),
    ):
        answer = any_api.client.post("/v1/team", json={**EXAMPLE, **changes}, headers=owner.headers)
        assert answer.status_code == 400
        assert set(answer.json()["response"]) == {field}


@pytest.mark.operation("team-exists")
def test_team_exist_answers_as_the_document(any_api: Api) -> None:
    free = any_api.client.post("/v1/team/exist", json={"team_name": "ACME Co"})
    assert (free.status_code, free.json()) == (200, {})
    any_api.team("ACME Co")
    taken = any_api.client.post("/v1/team/exist", json={"team_name": "acme co"})
    assert taken.status_code == 400
    assert taken.json() == {
        "errorType": "validation",
        "response": {"team_name": "Team Name is already taken"},
    }


@pytest.mark.operation("update-team")
def test_update_team(any_api: Api) -> None:
    team = any_api.team()
    admin = any_api.person(team, Role.ADMIN)
    body = {
        "team_name": "NativApps",
        "slug": "nativapps",
        "billing_id": 7,
        "recording": "notice",
        "retention_days": 30,
    }
    answer = any_api.client.patch(f"/v1/team/{admin.team}", json=body, headers=admin.headers)
    assert answer.status_code == 200
    shown = answer.json()
    assert (shown["team_name"], shown["slug"]) == ("NativApps", "nativapps")
    assert (shown["recording"], shown["retention_days"]) == ("notice", 30)
    assert shown["billing_id"] == team.billing_id
    assert any_api.get(Team, team.id).team_name == "NativApps"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"team_name": 7}, "team_name"),
        ({"team_name": "a\r\nb"}, "team_name"),
        ({"team_name": "a\0b"}, "team_name"),
        ({"team_name": None}, "team_name"),
        ({"slug": "../etc"}, "slug"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"recording": "sometimes"}, "recording"),
        ({"retention_days": 0}, "retention_days"),
        ({"password_min_length": 3}, "password_min_length"),
    ],
)
def test_update_team_names_the_wrong_field(api: Api, body: dict[str, object], field: str) -> None:
    admin = api.person(api.team(), Role.ADMIN)
    answer = api.client.patch(f"/v1/team/{admin.team}", json=body, headers=admin.headers)
    assert answer.status_code == 400
    assert set(answer.json()["response"]) == {field}


@pytest.mark.operation("get-team-info", "list-team-users")
def test_info_and_users_show_the_team_to_its_members(any_api: Api) -> None:
    team = any_api.team()
    jane = any_api.person(team, extension="111")
    info = any_api.client.get(f"/v1/team/{jane.team}/info?populate=users,owner", headers=jane.headers)
    assert info.status_code == 200
    assert set(info.json()) >= FIELDS
    assert jane.user.email in [user["email"] for user in info.json()["users"]]
    users = any_api.client.get(f"/v1/team/{jane.team}/users?sort=extension DESC", headers=jane.headers)
    assert users.status_code == 200
    assert users.headers["X-Total-Count"] == "2"
    me = next(user for user in users.json() if user["id"] == jane.id)
    assert (me["extension"], me["role"], me["first_name"]) == (["111"], "member", "Jane")
    assert me["extensionSecret"] == jane.member.extension_secret if jane.member else False
    assert all("extensionSecret" not in user for user in users.json() if user["id"] != jane.id)


def test_users_of_a_team_can_be_searched_and_queried(api: Api) -> None:
    team = api.team()
    jane = api.person(team, extension="111")
    path = f"/v1/team/{jane.team}/users"
    found = api.client.get(
        path, params={"where": '{"first_name": {"contains": "jan"}}'}, headers=jane.headers
    )
    assert [user["id"] for user in found.json()] == [jane.id]
    found = api.client.get(path, params={"search": "olive"}, headers=jane.headers)
    assert [user["first_name"] for user in found.json()] == ["Olive"]
    refused = api.client.get(
        path, params={"where": '{"extension_secret": {"contains": "a"}}'}, headers=jane.headers
    )
    assert refused.status_code == 400


@pytest.mark.parametrize(
    ("method", "path"),
    [("PATCH", ""), ("GET", "/info"), ("GET", "/users"), ("GET", "/pendingusers")],
)
@pytest.mark.operation("get-team-info", "update-team", "list-team-users")
def test_a_team_is_hidden_from_strangers_and_the_signed_out(api: Api, method: str, path: str) -> None:
    team = api.team()
    stranger = api.person(api.team(), Role.ADMIN)
    url = f"/v1/team/a{team.id}{path}"
    answer = api.client.request(method, url, json={}, headers=stranger.headers)
    assert (answer.status_code, answer.json()["errorType"]) == (404, "not_found")
    assert api.client.request(method, url, json={}).status_code == 401


def test_only_admins_change_a_team(api: Api) -> None:
    jane = api.person(api.team())
    answer = api.client.patch(f"/v1/team/{jane.team}", json={"slug": "mine"}, headers=jane.headers)
    assert (answer.status_code, answer.json()["errorType"]) == (403, "forbidden")


@pytest.mark.operation("create-team")
def test_creating_a_team_needs_a_token(api: Api) -> None:
    assert api.client.post("/v1/team", json=EXAMPLE).status_code == 401
