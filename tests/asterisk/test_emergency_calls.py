"""An agent's phone calls the police: the call goes out, or the phone hears that it does not."""

from pathlib import Path

import pytest

from cli.run.asterisk_config import Trunk
from tests.asterisk.test_accounts import dial
from tests.support.sip.asterisk import AsteriskServer
from tests.support.sip.phones import OutsideLine
from tests.support.sip.plugin import ACCOUNTS, AsteriskFactory
from tests.support.sip.ports import free_port
from tests.support.sip.realtime import RealtimeServer

pytestmark = pytest.mark.pbx

PROVIDER = "127.0.0.3"
POLICE = "110"


def test_an_emergency_number_goes_out_over_the_next_trunk_if_the_first_refuses(
    asterisk_factory: AsteriskFactory, realtime: RealtimeServer, tmp_path: Path
) -> None:
    refusing, working = free_port(), free_port()
    server = asterisk_factory(
        api_url=realtime.url,
        node_secret=realtime.password,
        trunks=(
            Trunk("refusing", ("127.0.0.4",), f"127.0.0.4:{refusing}"),
            Trunk("working", (PROVIDER,), f"{PROVIDER}:{working}"),
        ),
    )
    with (
        OutsideLine(tmp_path / "first", server, "127.0.0.4", refusing, reject=503) as first,
        OutsideLine(tmp_path / "second", server, PROVIDER, working, talk=0.5) as second,
    ):
        server.wait_for_contact("working")
        for number in (POLICE, "112"):
            dial(tmp_path / number, server, ACCOUNTS[0], number, 200)
        assert [event[0] for event in first.events("invite")] == [POLICE, "112"]
        assert [event[0] for event in second.events("invite")] == [POLICE, "112"]
        dial(tmp_path / "colleague", server, ACCOUNTS[0], "111", 480)
        assert len(second.events("invite")) == 2


def test_without_a_trunk_the_phone_gets_a_failure_and_the_log_an_error(
    asterisk: AsteriskServer, tmp_path: Path
) -> None:
    dial(tmp_path / "police", asterisk, ACCOUNTS[0], POLICE, 503)
    errors = [line for line in asterisk.log().splitlines() if "ERROR" in line]
    assert any(f"the emergency call of {ACCOUNTS[0].phone} to {POLICE} failed" in line for line in errors)
