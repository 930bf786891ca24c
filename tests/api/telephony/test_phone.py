"""Browsers become phones: `/v1/phone`, and what Asterisk is told of their accounts."""

import base64
import hmac
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from sqlmodel import col, select

from models import BrowserPhone, TeamUser, User, utcnow
from switchroom.ids import public_id
from switchroom.settings import AsteriskNode
from switchroom.sip_accounts import phone_of
from tests.support.api.client import Api, Person
from tests.support.api.world import World, world_of

pytestmark = pytest.mark.service

SECRET = "a-secret-of-the-nodes"
SETTINGS: dict[str, Any] = {
    "node_secret": SECRET,
    "nodes": [AsteriskNode(name="a")],
    "sip_ws_port": 8088,
    "sip_tls_port": 5061,
    "sip_host": "pbx.example.com",
    "ice_servers": ["stun:turn.example.com:3478", "turn:turn.example.com:3478", "turns:turn.example.com:443"],
    "turn_secret": "shared-with-coturn",
}


@pytest.fixture
def world(any_database_url: str, make_api: Callable[..., Api]) -> World:
    return world_of(make_api(any_database_url, **SETTINGS))


def opened(world: World, person: Person | None = None, **body: Any) -> Any:
    answer = world.call(person or world.member, "POST", "/phone", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def asked(world: World, table: str, value: str, *, operation: str = "single", field: str = "id") -> str:
    """Return what Asterisk is answered about an account."""
    headers = {"content-type": "application/x-www-form-urlencoded"}
    path = f"/asterisk/{table}/{operation}"
    content = f"{quote(field)}={quote(value)}"
    answer = world.api.client.post(path, content=content, headers=headers, auth=("a", SECRET))
    assert answer.status_code == 200
    return str(answer.text)


def forgotten(world: World) -> list[tuple[str, bool, bool]]:
    """Return (account, whether it is signed out, whether its calls end) of each account that Asterisk must forget."""
    told = [command for command in world.engine.commands() if command.get("kind") == "phone"]
    return [(command["id"], command["sign_out"], command["hang_up"]) for command in told]


def test_a_session_gets_an_account_for_ten_minutes(world: World) -> None:
    assert world.call(None, "POST", "/phone", json={}).status_code == 401
    assert world.call(world.stranger, "POST", "/phone", json={"team": world.member.team}).status_code == 404
    phone = opened(world)
    assert world.member.member is not None
    assert phone_of(phone["username"]) == world.member.member.sip_username
    assert len(phone["password"]) == 32
    assert phone["uri"] == f"sip:{phone['username']}@pbx.example.com"
    assert (phone["name"], phone["extension"], phone["team"]) == ("Jane Doe", "101", world.member.team)
    assert phone["sockets"] == ["ws://127.0.0.1:8088/ws"]
    with world.api.session() as session:
        row = session.exec(select(BrowserPhone)).one()
        assert timedelta(minutes=9) < row.expires_at - utcnow() <= timedelta(minutes=10)
    assert str(world.member.member.extension_secret) not in str(phone)


def test_asterisk_learns_of_it_as_a_phone_of_the_member(world: World) -> None:
    phone = opened(world)
    name = phone["username"]
    endpoint = asked(world, "ps_endpoints", name)
    for field in (f"id={name}", f"aors={name}", f"auth={name}", "webrtc=yes", "allow=ulaw&", "context=agent"):
        assert field in endpoint
    assert "media_encryption" not in endpoint, "`webrtc` says it"
    assert f"SR_TEAM%3D{world.team.id[-12:]}" in endpoint
    assert f"password={phone['password']}" in asked(world, "ps_auths", name)
    aor = asked(world, "ps_aors", name)
    assert "max_contacts=1&" in aor
    assert "qualify_frequency=10&" in aor
    assert asked(world, "ps_endpoints", name[:-1] + ("0" if name[-1] != "0" else "1")) == ""


def test_asterisk_finds_it_among_all_endpoints(world: World) -> None:
    """Asterisk asks so when the account registers first. It qualifies no contact whose endpoint is not listed."""
    phone = opened(world)
    assert world.member.member is not None
    listed = asked(world, "ps_endpoints", "%", operation="multi", field="id LIKE")
    for name in (phone["username"], world.member.member.sip_username):
        assert f"id={name}&" in listed
    with world.api.session() as session:
        session.exec(select(BrowserPhone)).one().expires_at = utcnow() - timedelta(seconds=1)
    assert phone["username"] not in asked(world, "ps_endpoints", "%", operation="multi", field="id LIKE")


def test_asking_again_renews_it(world: World) -> None:
    first = opened(world)
    with world.api.session() as session:
        row = session.exec(select(BrowserPhone)).one()
        row.expires_at = utcnow() + timedelta(minutes=1)
    again = opened(world)
    assert (again["username"], again["password"]) == (first["username"], first["password"])
    with world.api.session() as session:
        assert session.exec(select(BrowserPhone)).one().expires_at > utcnow() + timedelta(minutes=9)
    assert forgotten(world) == []


def test_an_account_that_expired_is_good_for_nothing_and_a_new_one_takes_its_place(world: World) -> None:
    first = opened(world)
    with world.api.session() as session:
        session.exec(select(BrowserPhone)).one().expires_at = utcnow() - timedelta(seconds=1)
    for table in ("ps_endpoints", "ps_auths", "ps_aors"):
        assert asked(world, table, first["username"]) == ""
    again = opened(world)
    assert again["username"] != first["username"]
    assert again["password"] != first["password"]
    assert forgotten(world) == [(first["username"], True, False)]


def test_each_session_has_its_own(world: World) -> None:
    accounts = {
        opened(world)["username"],
        opened(world, world.api.person(world.team, extension="103"))["username"],
    }
    assert len(accounts) == 2


def test_delete_ends_it_and_says_nothing_if_there_is_none(world: World) -> None:
    phone = opened(world)
    for _ in range(2):
        assert world.call(world.member, "DELETE", "/phone").json() == {}
    assert asked(world, "ps_auths", phone["username"]) == ""
    assert forgotten(world) == [(phone["username"], True, False)]
    assert world.call(None, "DELETE", "/phone").status_code == 401


def test_the_end_of_the_session_ends_it(world: World) -> None:
    phone = opened(world)
    ended = world.api.client.post("/auth/logout-user", headers=world.member.headers)
    assert ended.status_code == 200, ended.text
    assert asked(world, "ps_auths", phone["username"]) == ""
    assert forgotten(world) == [(phone["username"], True, False)]


@pytest.mark.parametrize(
    "change", [{"extension": "109"}, {"status": "deactivated"}, {"rotate_secret": True}, {"extension": None}]
)
def test_a_change_of_the_members_account_ends_it(world: World, change: dict[str, Any]) -> None:
    phone = opened(world)
    path = f"/team/{world.admin.team}/users/{world.member.id}"
    assert world.call(world.admin, "PATCH", path, json=change).status_code == 200
    assert asked(world, "ps_auths", phone["username"]) == ""
    assert (phone["username"], True, False) in forgotten(world)


def test_asterisk_asks_again_when_colleagues_see_another_name(world: World) -> None:
    phone = opened(world)
    path = f"/team/{world.admin.team}/users/{world.member.id}"
    assert world.call(world.admin, "PATCH", path, json={"caller_id_name": "Front desk"}).status_code == 200
    assert (phone["username"], False, False) in forgotten(world)
    assert "Front%20desk" in asked(world, "ps_endpoints", phone["username"])
    assert opened(world)["name"] == "Front desk"


def test_the_suspension_of_a_team_or_a_user_ends_its_calls(world: World) -> None:
    operator = world.api.person()
    with world.api.session() as session:
        session.get_one(User, operator.user.id).operator = True
    phone = opened(world)
    answer = world.call(operator, "POST", f"/platform/team/{world.member.team}/suspend")
    assert answer.status_code == 200, answer.text
    assert (phone["username"], True, True) in forgotten(world)
    assert world.call(world.member, "POST", "/phone", json={}).status_code != 200
    assert world.call(operator, "POST", f"/platform/team/{world.member.team}/reactivate").status_code == 200
    again = opened(world)
    answer = world.call(operator, "POST", f"/platform/user/{world.member.id}/suspend")
    assert answer.status_code == 200, answer.text
    assert (again["username"], True, True) in forgotten(world)


def test_turn_servers_get_a_credential_that_ends(world: World) -> None:
    stun, turn = opened(world)["ice_servers"]
    assert stun == {"urls": ["stun:turn.example.com:3478"], "username": None, "credential": None}
    assert turn["urls"] == ["turn:turn.example.com:3478", "turns:turn.example.com:443"]
    until, _, account = turn["username"].partition(":")
    assert 3500 < int(until) - utcnow().timestamp() <= 3601
    assert account.startswith("e101t")
    made = hmac.digest(b"shared-with-coturn", turn["username"].encode(), "sha1")
    assert turn["credential"] == base64.b64encode(made).decode()
    assert "shared-with-coturn" not in str(turn)


@pytest.mark.parametrize(
    ("settings", "sockets"),
    [
        ({"sip_wss_port": 8089, "sip_ws_port": 8088}, ["wss://pbx.example.com:8089/ws"]),
        ({"sip_wss_urls": ["wss://desk.example.com/ws"]}, ["wss://desk.example.com/ws"]),
    ],
)
def test_where_browsers_connect(
    make_api: Callable[..., Api], sqlite_url: str, settings: dict[str, Any], sockets: list[str]
) -> None:
    world = world_of(make_api(sqlite_url, **{**SETTINGS, **settings}))
    assert opened(world)["sockets"] == sockets


def test_without_a_port_there_is_none(make_api: Callable[..., Api], sqlite_url: str) -> None:
    world = world_of(make_api(sqlite_url, **{**SETTINGS, "sip_ws_port": 0}))
    answer = world.call(world.member, "POST", "/phone", json={})
    assert (answer.status_code, answer.json()["response"]["reason"]) == (409, "no-browser-phones")


def test_who_has_no_extension_has_none_either(world: World) -> None:
    answer = world.call(world.admin, "POST", "/phone", json={})
    assert (answer.status_code, answer.json()["response"]["reason"]) == (409, "no-phone")


def test_the_team_must_be_named_by_who_is_in_several(world: World) -> None:
    other = world.api.team()
    with world.api.session() as session:
        session.add(
            TeamUser(
                team_id=other.id,
                user_id=world.member.user.id,
                extension="105",
                sip_username=f"e105t{other.id[-12:]}",
                extension_secret="s" * 32,
                accepted_at=utcnow(),
            )
        )
    answer = world.call(world.member, "POST", "/phone", json={})
    assert (answer.status_code, set(answer.json()["response"])) == (400, {"team"})
    first = opened(world, team=world.member.team)
    second = opened(world, team=public_id(other.id))
    assert second["username"].startswith("e105t")
    assert forgotten(world) == [(first["username"], True, False)], "a browser is one phone"
    with world.api.session() as session:
        assert session.exec(select(col(BrowserPhone.account))).all() == [second["username"]]
