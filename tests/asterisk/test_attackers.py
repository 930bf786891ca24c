"""Who guesses names and passwords, and who floods: what the log says for fail2ban, and what is refused."""

import configparser
import re
from contextlib import ExitStack
from urllib.parse import quote

import pytest

from cli.run.asterisk_config import CONFIG_DIR
from tests.support.servers import wait_until
from tests.support.sip.asterisk import AsteriskServer
from tests.support.sip.plugin import ACCOUNTS, AsteriskFactory
from tests.support.sip.realtime import Account, RealtimeServer
from tests.support.sip.user_agent import UserAgent

pytestmark = pytest.mark.pbx

ATTACKER, HONEST = "127.0.0.66", "127.0.0.1"


@pytest.fixture
def server(asterisk_factory: AsteriskFactory, realtime: RealtimeServer) -> AsteriskServer:
    return asterisk_factory(api_url=realtime.url, node_secret=realtime.password, phone_calls=2)


def phone(server: AsteriskServer, address: str, account: Account) -> UserAgent:
    return UserAgent((server.instance.sip_bind, server.sip_port), address, account)


def expressions() -> list[re.Pattern[str]]:
    """Return the filter's expressions as fail2ban reads them: without the date, `<HOST>` an address."""
    parser = configparser.ConfigParser()
    parser.read(CONFIG_DIR / "fail2ban/filter.d/switchroom.conf")
    lines = parser["Definition"]["failregex"].splitlines()
    return [re.compile(line.replace("<HOST>", r"(?P<host>[0-9A-Fa-f:.]+)")) for line in lines]


def found(server: AsteriskServer) -> list[str]:
    """Return the addresses that fail2ban would count, one for each line that it takes."""
    text = (server.instance.home / "log/security").read_text(errors="replace")
    lines = [re.sub(r"^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+\]", "", line) for line in text.splitlines()]
    hits = (next(filter(None, (one.match(line) for one in expressions())), None) for line in lines)
    return [hit["host"] for hit in hits if hit]


def test_fail2ban_finds_who_fails_to_sign_in_and_no_one_else(server: AsteriskServer) -> None:
    with phone(server, HONEST, ACCOUNTS[0]) as honest:
        assert honest.register() == 200
        assert honest.register(0) == 200
    for account in (Account("101", "guess"), Account("999", "guess")):
        with phone(server, ATTACKER, account) as attacker:
            assert attacker.register() == 401
    wait_until(lambda: len(found(server)) >= 2, "lines of the failures")
    assert set(found(server)) == {ATTACKER}


FORGED = 'x",LocalAddress="IPV4/UDP/1.1.1.1/1",RemoteAddress="IPV4/UDP/9.9.9.9/1'


def test_an_attacker_cannot_put_another_address_into_the_log(server: AsteriskServer) -> None:
    """Asterisk writes a name and a Call-ID into its log as they came."""
    with phone(server, ATTACKER, Account("101", "guess")) as attacker:
        attacker.send_request(
            "REGISTER", f"sip:{attacker.there}", FORGED, f"sip:x@{attacker.there}", tags=("1", "")
        )
        attacker.account = Account(quote(FORGED), "guess", "")
        attacker.send_request("REGISTER", f"sip:{attacker.there}", "a1", f"sip:x@{attacker.there}")
        attacker.account = Account("999", "guess")
        attacker.send_request(
            "REGISTER", f"sip:{attacker.there}", FORGED, f"sip:x@{attacker.there}", tags=("1", "")
        )
        attacker.account = Account("101", "guess")
        assert attacker.register() == 401
    log = server.instance.home / "log/security"
    wait_until(lambda: "9.9.9.9" in log.read_text(), "what was forged is in the log")
    wait_until(lambda: bool(found(server)), "line of the failure")
    assert set(found(server)) == {ATTACKER}


def test_a_phone_has_so_many_calls_at_once(server: AsteriskServer) -> None:
    """A stolen account, or a broken phone, does not ring a colleague a hundred times. The police it may always call."""
    with ExitStack() as stack:
        caller = stack.enter_context(phone(server, HONEST, ACCOUNTS[0]))
        called = stack.enter_context(phone(server, HONEST, ACCOUNTS[1]))
        assert called.register() == 200
        calls = [caller.dial(ACCOUNTS[1].extension) for _ in range(2)]
        rung = [called.rung() for _ in calls]
        for one in rung:
            one.respond("180 Ringing")
        assert caller.dial(ACCOUNTS[1].extension).final() == 503
        assert caller.dial("110").final() == 503, "there is no trunk"
        assert "the emergency call of" in server.log()
        for call in calls:
            call.cancel()
            assert call.final() == 487
        wait_until(lambda: server.cli("core show channels concise") == "", "end of the calls")
        again = caller.dial(ACCOUNTS[1].extension)
        called.rung().respond("486 Busy Here")
        assert again.final() == 486
        assert called.register(0) == 200
