"""The answers to Asterisk's realtime look-ups, in the form in which res_config_curl asks."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlencode

import pytest
from httpx import Response
from sqlmodel import Session

from api.sip_accounts import routes
from models import MemberStatus, Team
from switchroom.settings import AsteriskNode
from tests.support.api.client import Api
from tests.support.api.world import World, world_of

pytestmark = pytest.mark.service

SECRET = "a-secret-of-the-nodes"


@pytest.fixture
def world(make_api: Callable[..., Api], sqlite_url: str) -> World:
    return world_of(make_api(sqlite_url, node_secret=SECRET, nodes=[AsteriskNode(name="a")]))


def ask(world: World, path: str, body: str, auth: tuple[str, str] | None = ("a", SECRET)) -> Response:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    answer: Response = world.api.client.post(f"/asterisk/{path}", content=body, headers=headers, auth=auth)
    return answer


def rows(answer: Response) -> list[dict[str, str]]:
    assert answer.status_code == 200
    assert answer.text == "" or answer.text.endswith("\n")
    lines = answer.text.splitlines()
    return [
        {
            name: " ".join(values)
            for name, values in parse_qs(line, strict_parsing=True, keep_blank_values=True).items()
        }
        for line in lines
    ]


def sip_name(world: World) -> str:
    assert world.member.member is not None
    assert world.member.member.sip_username is not None
    return world.member.member.sip_username


def test_music_that_a_team_uploaded(world: World) -> None:
    name = f"{'4' * 32}-0123abcd"
    (row,) = rows(ask(world, "musiconhold/single", f"name={name}"))
    assert row == {"name": name, "mode": "files", "directory": f"/mnt/spool/music/{name}", "sort": "alpha"}
    (row,) = rows(ask(world, "musiconhold/single", f"name={name}r"))
    assert row["sort"] == "random"
    for unknown in ("jazz", "../../etc", "%2e%2e", f"{name}/x"):
        assert rows(ask(world, "musiconhold/single", f"name={unknown}")) == []
    assert ask(world, "musiconhold/require", "name=char").text == "0"


def test_a_telephones_address_is_an_aor_without_contacts(world: World) -> None:
    """Asterisk asks for it before it rings one of several telephones, and keeps what it finds."""
    address = f"sip:{sip_name(world)}@192.0.2.7:5062;transport=tls;line=a~b"
    (row,) = rows(ask(world, "ps_aors/single", urlencode({"id": address})))
    assert row == {"id": address, "max_contacts": "0"}
    for table, id in (("ps_endpoints", address), ("ps_auths", address), ("ps_aors", f"sip:{'a' * 255}")):
        assert rows(ask(world, f"{table}/single", urlencode({"id": id}))) == []


def test_endpoint(world: World) -> None:
    name = sip_name(world)
    (row,) = rows(ask(world, "ps_endpoints/single", f"id={name}"))
    expected = {
        "id": name, "aors": name, "auth": name, "context": "agent", "disallow": "all", "allow": "ulaw,alaw",
        "direct_media": "no", "rtp_timeout": "300", "rtp_symmetric": "yes", "force_rport": "yes",
        "callerid": "\"Jane Doe\" <101>", "rewrite_contact": "yes", "dtmf_mode": "auto", "send_connected_line": "no",
        "allow_transfer": "yes", "message_context": "refused", "allow_subscribe": "yes",
        "subscribe_context": f"hints-{world.team.id[-12:]}",
        "set_var": "TRANSFER_CONTEXT=transfer "
        f"SR_TEAM={world.team.id[-12:]} SR_EMERGENCY=^(112|911|999)$ SR_MAIN_NUMBER=",
    }  # fmt: skip
    assert expected == row
    assert list(row).index("disallow") < list(row).index("allow")


def test_the_codecs_of_phones_are_a_setting(make_api: Callable[..., Api], sqlite_url: str) -> None:
    settings = {
        "node_secret": SECRET,
        "nodes": [AsteriskNode(name="a")],
        "phone_codecs": ["opus", "g722", "ulaw"],
    }
    world = world_of(make_api(sqlite_url, **settings))
    (row,) = rows(ask(world, "ps_endpoints/single", f"id={sip_name(world)}"))
    assert (row["disallow"], row["allow"]) == ("all", "opus,g722,ulaw")


def test_an_account_may_call_the_emergency_numbers_of_the_teams_country(world: World) -> None:
    with Session(world.api.context.engine) as session:
        team = session.get_one(Team, world.team.id)
        team.country, team.main_number = "Germany", "+49711123456"
        session.commit()
    (row,) = rows(ask(world, "ps_endpoints/single", f"id={sip_name(world)}"))
    assert row["set_var"].split()[-2:] == [
        "SR_EMERGENCY=^(112|911|999|11[02])$",
        "SR_MAIN_NUMBER=+49711123456",
    ]


def test_media_is_encrypted_where_phones_can_use_tls(make_api: Callable[..., Api], sqlite_url: str) -> None:
    values = {"node_secret": SECRET, "nodes": [AsteriskNode(name="a")], "sip_tls_port": 5061}
    world = world_of(make_api(sqlite_url, **values))
    name = sip_name(world)
    (row,) = rows(ask(world, "ps_endpoints/single", f"id={name}"))
    assert (row["media_encryption"], row["media_encryption_optimistic"]) == ("sdes", "yes")
    (auth,) = rows(ask(world, "ps_auths/single", f"id={name}"))
    assert auth.keys() == {"id", "auth_type", "username", "password"}


def test_phones_that_insist_on_encrypted_media_are_served_by_a_setting(
    make_api: Callable[..., Api], sqlite_url: str
) -> None:
    values = {
        "node_secret": SECRET,
        "nodes": [AsteriskNode(name="a")],
        "sip_tls_port": 5061,
        "sip_srtp": "required",
    }
    world = world_of(make_api(sqlite_url, **values))
    (row,) = rows(ask(world, "ps_endpoints/single", f"id={sip_name(world)}"))
    assert (row["media_encryption"], row["media_encryption_optimistic"]) == ("sdes", "no")


def test_auth(world: World) -> None:
    name = sip_name(world)
    assert world.member.member is not None
    secret = world.member.member.extension_secret
    (row,) = rows(ask(world, "ps_auths/single", f"id={name}"))
    assert row == {"id": name, "auth_type": "userpass", "username": name, "password": secret}


def test_aor(world: World) -> None:
    (row,) = rows(ask(world, "ps_aors/single", f"id={sip_name(world)}"))
    assert row == {
        "id": sip_name(world), "max_contacts": "5", "remove_existing": "yes", "qualify_frequency": "30",
        "default_expiration": "300", "minimum_expiration": "60", "maximum_expiration": "3600",
    }  # fmt: skip


def test_multi_lists_every_account(world: World) -> None:
    assert len(rows(ask(world, "ps_endpoints/multi", "id%20LIKE=%25"))) == 2
    assert len(rows(ask(world, "ps_endpoints/multi", f"id%20LIKE={sip_name(world)}%25"))) == 1
    assert len(rows(ask(world, "ps_aors/multi", "qualify_frequency%20%3E=0"))) == 2
    assert rows(ask(world, "ps_aors/multi", "qualify_frequency%20%3E=30")) == []
    assert rows(ask(world, "ps_endpoints/multi", "mailboxes%20!%3D=")) == []
    assert rows(ask(world, "ps_endpoints/multi", "")) == []


def test_only_active_members_with_an_extension_have_an_account(world: World) -> None:
    member = world.member.member
    assert member is not None
    assert rows(ask(world, "ps_endpoints/single", "id=nobody")) == []
    member.status = MemberStatus.DEACTIVATED.value
    with world.api.session() as session:
        session.merge(member)
    for table in ("ps_endpoints", "ps_auths", "ps_aors"):
        assert rows(ask(world, f"{table}/single", f"id={member.sip_username}")) == []


@pytest.mark.parametrize("auth", [None, ("a", "wrong"), ("a", ""), ("b", SECRET)])
def test_only_nodes_may_ask(world: World, auth: tuple[str, str] | None) -> None:
    answer = ask(world, "ps_auths/multi", "id%20LIKE=%25", auth)
    assert answer.status_code == 401
    assert "password" not in answer.text


def test_without_a_secret_nobody_may_ask(make_api: Callable[..., Api], sqlite_url: str) -> None:
    world = world_of(make_api(sqlite_url, node_secret=""))
    assert ask(world, "ps_auths/multi", "id%20LIKE=%25", ("a", "")).status_code == 401


@pytest.mark.parametrize("name", ["100", "admin", "e101", "e101t0123456789ab%27", "e101t0123456789AB"])
def test_a_guessed_name_costs_no_look_up_in_the_database(
    world: World, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    async def run_on(*_: object) -> None:
        raise AssertionError("the database was asked")

    monkeypatch.setattr(routes, "run_on", run_on)
    assert rows(ask(world, "ps_endpoints/single", f"id={name}")) == []


def test_require_is_granted(world: World) -> None:
    assert ask(world, "ps_aors/require", "max_contacts=integer").text == "0"


def test_other_tables_are_unknown(world: World) -> None:
    assert ask(world, "users/multi", "id%20LIKE=%25").status_code == 404
