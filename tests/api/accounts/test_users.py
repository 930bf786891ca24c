"""`/user`: the document's examples, strangers, no token."""

from collections.abc import Callable

import pytest
from sqlmodel import Session, col, select

from models import Role, TeamUser, User
from tests.support.api.client import Api

pytestmark = pytest.mark.service

ME = {
    "status", "extensionSecret", "first_name", "last_name", "created_at", "avatar", "tours", "state", "color",
    "language", "timezone", "timeformat", "dateformat", "tooltips", "teams", "devices", "id", "email",
}  # fmt: skip
CREATED = {"status", "first_name", "last_name", "created_at", "state", "color", "tooltips", "id", "email"}


@pytest.mark.operation("get-me")
def test_me_shows_the_fields_of_the_example(any_api: Api) -> None:
    jane = any_api.person(any_api.team(), extension="111")
    answer = any_api.client.get("/v1/user/me", headers=jane.headers)
    assert answer.status_code == 200
    me = answer.json()
    assert set(me) >= ME
    assert me["id"] == jane.id
    assert me["teams"] == [jane.team]
    assert jane.member is not None
    assert me["extensionSecret"] == jane.member.extension_secret
    assert me["created_at"].endswith("Z")


def test_me_populates_teams_and_nothing_else(api: Api) -> None:
    jane = api.person(api.team("One"))
    me = api.client.get("/v1/user/me?populate=teams", headers=jane.headers).json()
    assert [team["team_name"] for team in me["teams"]] == ["One"]
    refused = api.client.get("/v1/user/me?populate=secrets", headers=jane.headers)
    assert refused.status_code == 400
    assert set(refused.json()["response"]) == {"populate"}


@pytest.mark.operation("update-me")
def test_update_me_takes_the_whole_example_and_ignores_what_is_read_only(any_api: Api) -> None:
    jane = any_api.person()
    body = {
        "status": "deactivated", "extensionSecret": "vqkpnm", "first_name": "Matt", "last_name": "Test",
        "created_at": "2017-01-28T18:41:51.000Z", "avatar": "https://df-stg-assets.s3.amazonaws.com/pickle_rick.jpeg",
        "tours": ["people-tour", "contact-tour"], "state": "offline", "color": "87b1c4", "language": "en",
        "timezone": "America/Toronto", "timeformat": "24-hour", "dateformat": "YYYY-MM-DD", "tooltips": False,
        "devices": [], "id": "a8154917fb8693da807a151d5734dc162", "email": "matt.mollon@gmail.com",
    }  # fmt: skip
    answer = any_api.client.patch("/v1/user/me", json=body, headers=jane.headers)
    assert answer.status_code == 200
    me = answer.json()
    assert (me["first_name"], me["tours"], me["tooltips"]) == ("Matt", ["people-tour", "contact-tour"], False)
    assert (me["id"], me["email"], me["status"]) == (jane.id, jane.user.email, "active")
    assert any_api.get(User, jane.id).timezone == "America/Toronto"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"first_name": 7}, "first_name"),
        ({"first_name": None}, "first_name"),
        ({"last_name": "a\0"}, "last_name"),
        ({"last_name": "a\r\nb"}, "last_name"),
        ({"avatar": "javascript:alert(1)"}, "avatar"),
        ({"tours": ["a", "b\0"]}, "tours"),
        ({"tooltips": "perhaps"}, "tooltips"),
        ({"color": "red"}, "color"),
        ({"timezone": "../../etc/passwd"}, "timezone"),
    ],
)
def test_update_me_names_the_wrong_field(api: Api, body: dict[str, object], field: str) -> None:
    answer = api.client.patch("/v1/user/me", json=body, headers=api.person().headers)
    assert answer.status_code == 400
    assert [name.split(".")[0] for name in answer.json()["response"]] == [field]


@pytest.mark.operation("create-owner")
def test_create_owner(any_api: Api) -> None:
    body = {"first_name": "Jane", "last_name": "Doe", "email": "Asdf@Example.com", "password": "123456"}
    answer = any_api.client.post("/v1/user", json=body, headers={"Content-Type": "application/javascript"})
    assert answer.status_code == 201
    assert set(answer.json()) == CREATED
    assert answer.json()["email"] == "asdf@example.com"
    again = any_api.client.post("/v1/user", json=body)
    assert again.status_code == 400
    assert again.json() == {"errorType": "validation", "response": {"email": "Email is already taken"}}


def test_create_owner_names_every_wrong_field(api: Api) -> None:
    answer = api.client.post("/v1/user", json={"email": "nobody", "password": "123"})
    assert answer.status_code == 400
    assert set(answer.json()["response"]) == {"email", "password"}


@pytest.mark.operation("user-exists")
def test_user_exist(any_api: Api) -> None:
    jane = any_api.person()
    known = any_api.client.post("/v1/user/exist", json={"email": jane.user.email.upper()})
    assert (known.status_code, known.json()) == (200, {"exists": True})
    unknown = any_api.client.post("/v1/user/exist", json={"email": "test@example.com"})
    assert unknown.json() == {"exists": False}


def test_user_exist_is_rate_limited(api: Api) -> None:
    statuses = [
        api.client.post("/v1/user/exist", json={"email": "test@example.com"}).status_code for _ in range(21)
    ]
    assert statuses == [200] * 20 + [429]


@pytest.mark.operation("get-user")
def test_a_profile_is_shown_to_colleagues_only(any_api: Api) -> None:
    team = any_api.team()
    jane, colleague = any_api.person(team), any_api.person(team)
    stranger = any_api.person(any_api.team())
    answer = any_api.client.get(f"/v1/user/{jane.id}", headers=colleague.headers)
    assert answer.status_code == 200
    assert answer.json()["first_name"] == "Jane"
    assert not {"extensionSecret", "password_hash", "tours"} & set(answer.json())
    assert jane.member is not None
    by_membership = any_api.client.get(f"/v1/user/{jane.member.id}", headers=colleague.headers)
    assert by_membership.json()["id"] == jane.id
    for unknown in (stranger.headers, any_api.person().headers):
        assert any_api.client.get(f"/v1/user/{jane.id}", headers=unknown).status_code == 404
    assert any_api.client.get("/v1/user/nonsense", headers=colleague.headers).status_code == 404


@pytest.mark.operation("list-users")
def test_list_shows_colleagues_and_no_strangers(any_api: Api) -> None:
    team = any_api.team("One")
    me, colleague = any_api.person(team), any_api.person(team)
    stranger = any_api.person(any_api.team("Two"))
    answer = any_api.client.get("/v1/USER?sort=email", headers=me.headers)
    assert answer.status_code == 200
    seen = [user["id"] for user in answer.json()]
    assert colleague.id in seen
    assert stranger.id not in seen
    assert me.id not in seen
    assert answer.headers["X-Total-Count"] == "2"


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/v1/user"), ("GET", "/v1/user/me"), ("PATCH", "/v1/user/me"), ("GET", "/v1/user/a" + "0" * 32)],
)
def test_no_token(api: Api, method: str, path: str) -> None:
    answer = api.client.request(method, path, json={})
    assert answer.status_code == 401
    assert answer.json()["errorType"] == "authentication"


@pytest.mark.operation("update-user")
def test_patch_user_changes_a_membership_by_either_id(any_api: Api) -> None:
    team = any_api.team()
    admin, jane = any_api.person(team, Role.ADMIN), any_api.person(team, extension="111")
    assert jane.member is not None
    path = f"/v1/user/{jane.id}"
    answer = any_api.client.patch(path, json={"position": "Lead", "email": "x@y.z"}, headers=admin.headers)
    assert answer.status_code == 200
    assert (answer.json()["position"], answer.json()["email"]) == ("Lead", jane.user.email)
    path = f"/v1/user/a{jane.member.id}"
    answer = any_api.client.patch(path, json={"extension": ["113"]}, headers=admin.headers)
    assert answer.json()["extension"] == ["113"]
    stranger = any_api.person(any_api.team(), Role.ADMIN)
    assert any_api.client.patch(path, json={}, headers=stranger.headers).status_code == 404
    assert any_api.client.patch(path, json={}).status_code == 401
    with Session(any_api.context.engine) as session:
        member = session.exec(select(TeamUser).where(col(TeamUser.user_id) == jane.user.id)).one()
    assert member.sip_username == f"e113t{team.id[-12:]}"


def test_own_profile_changes_through_the_users_path_too(api: Api) -> None:
    jane, colleague = (api.person(team) for team in [api.team()] * 2)
    body = {"first_name": "Joan"}
    assert (
        api.client.patch(f"/v1/user/{jane.id}", json=body, headers=jane.headers).json()["first_name"]
        == "Joan"
    )
    refused = api.client.patch(f"/v1/user/{colleague.id}", json=body, headers=jane.headers)
    assert refused.status_code == 403


def test_the_secret_comes_with_where_the_phone_registers(
    make_api: Callable[..., Api], sqlite_url: str
) -> None:
    api = make_api(sqlite_url, sip_host="sip.example.com", sip_port=5070)
    team = api.team()
    jane, admin = api.person(team, extension="101"), api.person(team, Role.ADMIN, extension="102")
    me = api.client.get("/v1/user/me", headers=jane.headers).json()
    assert (me["sipHost"], me["sipPort"]) == ("sip.example.com", 5070)
    for person, sees in ((jane, True), (admin, False)):
        members = api.client.get(f"/v1/team/{jane.team}/users", headers=person.headers).json()
        (shown,) = [member for member in members if member["id"] == jane.id]
        assert [name in shown for name in ("sipHost", "sipPort", "extensionSecret")] == [sees] * 3
    assert api.client.get("/v1/user/me").status_code == 401
