"""Agents' SIP accounts by realtime, and who may dial which numbers."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.sip_accounts.rows import SRTP_OFFERED, SRTP_REQUIRED, Row
from tests.support.servers import wait_until
from tests.support.sip import realtime
from tests.support.sip.asterisk import AsteriskServer, realtime_for
from tests.support.sip.audio import hears_tone
from tests.support.sip.phones import AgentPhones, Caller
from tests.support.sip.plugin import ACCOUNTS, AsteriskFactory
from tests.support.sip.realtime import Account, RealtimeServer
from tests.support.sip.sipp import Sipp
from tests.support.sip.softphone import Softphone

pytestmark = pytest.mark.pbx


@pytest.fixture
def accounts_down() -> Iterator[RealtimeServer]:
    """A responder of its own that a test may stop."""
    server = realtime_for(ACCOUNTS)
    server.start()
    yield server
    server.stop()


def contacts(server: AsteriskServer) -> str:
    return server.cli("pjsip show contacts")


def test_wrong_password_and_unknown_account_are_refused(asterisk: AsteriskServer, tmp_path: Path) -> None:
    wrong = AgentPhones(tmp_path / "wrong", asterisk, ACCOUNTS[:1])
    assert wrong.register(expect=401, password="guess").exit_code == 0
    stranger = AgentPhones(tmp_path / "stranger", asterisk, [Account("999", "guess")])
    assert stranger.register(expect=401).exit_code == 0
    assert "e999" not in contacts(asterisk)


def test_accounts_are_asked_for_with_the_nodes_password_and_by_name_only(
    asterisk: AsteriskServer, realtime: RealtimeServer, tmp_path: Path
) -> None:
    phones = AgentPhones(tmp_path, asterisk, ACCOUNTS[1:2])
    assert phones.register().exit_code == 0
    phones.stop()
    asked = [(path, form) for path, form in realtime.requests if form.get("id") == ACCOUNTS[1].phone]
    assert {path for path, _ in asked} == {
        f"/asterisk/{t}/single" for t in ("ps_endpoints", "ps_auths", "ps_aors")
    }
    assert all("@" not in form.get("id", "") for _, form in realtime.requests)


def test_registrations_and_calls_go_on_without_the_api(
    asterisk_factory: AsteriskFactory, accounts_down: RealtimeServer, tmp_path: Path
) -> None:
    server = asterisk_factory(api_url=accounts_down.url, node_secret=accounts_down.password)
    phones = AgentPhones(tmp_path / "one", server, ACCOUNTS[:2], talk=1)
    assert phones.register().exit_code == 0
    accounts_down.stop()
    with phones:
        dial(tmp_path / "dial", server, ACCOUNTS[0], "102", 200)
        phones.wait_for("hangup")


def test_only_the_first_call_to_several_telephones_asks_for_their_addresses(
    asterisk_factory: AsteriskFactory, accounts_down: RealtimeServer, tmp_path: Path
) -> None:
    """Each such look-up would hold up the call, for seconds while the api hangs."""
    server = asterisk_factory(api_url=accounts_down.url, node_secret=accounts_down.password)
    caller, *telephones = (
        AgentPhones(tmp_path / name, server, [account], ring=1, talk=1)
        for name, account in (("caller", ACCOUNTS[0]), ("desk", ACCOUNTS[1]), ("home", ACCOUNTS[1]))
    )
    assert caller.register().exit_code == 0
    with telephones[0] as desk, telephones[1] as home:
        for call in (1, 2):
            dial(tmp_path / f"dial{call}", server, ACCOUNTS[0], "102", 200)
            desk.wait_for("invite", call)
            home.wait_for("invite", call)
    asked = [form["id"] for _, form in accounts_down.requests if form.get("id", "").startswith("sip:")]
    assert len(asked) == 2
    assert len(set(asked)) == 2


def test_srtp_is_offered_to_phones_that_can_and_not_forced_on_others(
    asterisk_factory: AsteriskFactory,
    accounts_down: RealtimeServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def with_srtp(account: Account) -> dict[str, Row]:
        found = plain(account)
        return {**found, "ps_endpoints": {**found["ps_endpoints"], **SRTP_OFFERED}}

    plain = realtime.rows
    monkeypatch.setattr(realtime, "rows", with_srtp)
    server = asterisk_factory(api_url=accounts_down.url, node_secret=accounts_down.password)
    server.cli("pjsip set logger on")
    with AgentPhones(tmp_path / "phones", server, ACCOUNTS[:2], talk=1) as phones:
        dial(tmp_path / "dial", server, ACCOUNTS[0], "102", 200)
        phones.wait_for("hangup")
        assert "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" in server.console_log.read_text()


@pytest.mark.parametrize("encryption", ["srtp-mand", "srtp"])
def test_phones_that_insist_on_srtp_are_served_where_it_is_required(
    asterisk_factory: AsteriskFactory,
    accounts_down: RealtimeServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    encryption: str,
) -> None:
    def with_srtp(account: Account) -> dict[str, Row]:
        found = plain(account)
        return {**found, "ps_endpoints": {**found["ps_endpoints"], **SRTP_REQUIRED}}

    plain = realtime.rows
    monkeypatch.setattr(realtime, "rows", with_srtp)
    server = asterisk_factory(api_url=accounts_down.url, node_secret=accounts_down.password)
    secure = (f"mediaenc={encryption}", "answermode=auto")
    with (
        Softphone(tmp_path / "101", server, ACCOUNTS[0], voice=440, parameters=secure) as one,
        Softphone(tmp_path / "102", server, ACCOUNTS[1], voice=1000, parameters=secure) as other,
    ):
        one.registered()
        other.registered()
        one.dial("102")
        other.wait_for("CALL_ESTABLISHED")
        time.sleep(1.5)
        one.hang_up()
        other.wait_for("CALL_CLOSED")
        assert sum(hears_tone(one.heard()[0], 1000)) >= 3
        assert sum(hears_tone(other.heard()[0], 440)) >= 3


def test_an_agent_may_ring_the_own_team_only(asterisk: AsteriskServer, tmp_path: Path) -> None:
    with AgentPhones(tmp_path / "phones", asterisk, ACCOUNTS, talk=1) as phones:
        dial(tmp_path / "own", asterisk, ACCOUNTS[0], "102", 200)
        phones.wait_for("hangup")
        refused = {
            "103": 480,
            "+14165550100": 503,
            "14165550100": 503,
            "0014165550100": 503,
            "9": 484,
            "s": 404,
        }
        # No engine runs here, and without one no telephone number is dialled.
        for number, status in (refused | {f"102t{'b' * 12}": 404, "e102": 404, "control": 404}).items():
            dial(tmp_path / f"no-{number}", asterisk, ACCOUNTS[0], number, status)
        assert [phone for phone, *_ in phones.events("invite")] == [ACCOUNTS[1].phone]


def test_a_call_from_an_unknown_address_is_refused(asterisk: AsteriskServer, tmp_path: Path) -> None:
    stranger = Caller(tmp_path, asterisk, "14165550100", address="127.0.0.9", expect=401)
    stranger.start()
    assert stranger.wait(20).successful == 1
    assert asterisk.cli("core show channels concise") == ""


def test_nobody_is_a_trunk_by_its_name(asterisk: AsteriskServer, tmp_path: Path) -> None:
    """A trunk has no password, so only its address says who it is."""
    stranger = Caller(tmp_path, asterisk, "14165550100", caller="test", address="127.0.0.9", expect=401)
    stranger.start()
    assert stranger.wait(20).successful == 1


def test_a_trunks_call_asks_the_api_nothing(
    asterisk: AsteriskServer, realtime: RealtimeServer, tmp_path: Path
) -> None:
    before = len(realtime.requests)
    caller = Caller(tmp_path, asterisk, "14165550100", hang_up=0.2)
    caller.start()
    assert caller.wait(20).successful == 1
    assert realtime.requests[before:] == []


def test_anonymous_callers_of_named_networks_are_served_while_agents_must_sign_in(
    asterisk_factory: AsteriskFactory, realtime: RealtimeServer, tmp_path: Path
) -> None:
    server = asterisk_factory(
        api_url=realtime.url, node_secret=realtime.password, anonymous_from=("127.0.0.1/32",)
    )
    local = Caller(tmp_path / "local", server, "14165550100", address="127.0.0.1", hang_up=0.2)
    local.start()
    assert local.wait(20).successful == 1
    stranger = Caller(tmp_path / "stranger", server, "14165550100", address="127.0.0.9", expect=401)
    stranger.start()
    assert stranger.wait(20).successful == 1
    extension = Caller(tmp_path / "extension", server, "s", address="127.0.0.1", expect=404)
    extension.start()
    assert extension.wait(20).successful == 1

    wrong = AgentPhones(tmp_path / "wrong", server, ACCOUNTS[:1])
    assert wrong.register(expect=401, password="guess").exit_code == 0
    unknown = AgentPhones(tmp_path / "unknown", server, [Account("999", "guess")])
    assert unknown.register(expect=404).exit_code == 1
    assert "No objects found" in contacts(server)
    with AgentPhones(tmp_path / "phones", server, ACCOUNTS[:2], talk=0.5) as phones:
        dial(tmp_path / "dial", server, ACCOUNTS[0], "102", 200)
        phones.wait_for("hangup")
        dial(tmp_path / "outside", server, ACCOUNTS[0], "14165550100", 503)


def test_two_nodes_ring_each_others_phones(
    two_asterisks: tuple[AsteriskServer, AsteriskServer], tmp_path: Path
) -> None:
    """Caller on node a; the agent is registered on node b (another loopback address), over the trunk between them."""
    a, b = two_asterisks
    with (
        AgentPhones(tmp_path / "phones", b, ACCOUNTS[:1], ring=0.3, talk=1) as phones,
        a.ami() as ami,
        b.ami() as ami_b,
    ):
        a.heartbeat(ami)
        caller = Caller(tmp_path / "caller", a, "14165550100", wait=20)
        caller.start()
        entered = ami.wait("AsyncAGIStart")
        channel = entered["Channel"]
        ami.agi(channel, "ANSWER")
        variables = {
            "SR_DIAL": f"PJSIP/{ACCOUNTS[0].phone}@node-b",
            "SR_TIMEOUT": "9",
            "SR_MUSIC": "default",
        }
        for name, value in variables.items():
            ami.action("Setvar", Channel=channel, Variable=name, Value=value)
        ami.action("Redirect", Channel=channel, Context="offer", Exten="s", Priority="1")
        ringing = ami.wait("DialState", lambda m: m["DialStatus"] == "RINGING")
        assert ringing["DestChannel"].startswith("PJSIP/node-b-")
        phones.wait_for("hangup")
        there = ami_b.wait("DialBegin")
        assert there["SR_CALL"] == entered["Uniqueid"]
        ami.action("Hangup", Channel=channel)
        assert caller.wait(10).successful == 1


def dial(folder: Path, server: AsteriskServer, account: Account, number: str, expect: int) -> None:
    """An agent's phone dials `number`, with its password; the final answer is `expect`."""
    folder.mkdir(parents=True)
    accounts = folder / "account.csv"
    accounts.write_text(
        f"SEQUENTIAL\n{account.phone};[authentication username={account.phone} password={account.password}]\n"
    )
    target = (server.instance.sip_bind, server.sip_port)
    run = Sipp(
        folder, "agent_dials", {"number": number, "expect": expect}, target, "-inf", str(accounts), "-m", "1"
    )
    run.start()
    result = run.wait(20)
    assert result.successful == 1, (number, result)
    wait_until(lambda: server.cli("core show channels concise") == "", "end of the call")
