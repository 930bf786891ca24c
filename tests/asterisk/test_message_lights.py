"""The message-waiting light of a telephone: what the engine's action sends to it."""

import pytest

from pbx.asterisk.protocol.actions import message_light
from tests.support.sip.asterisk import AsteriskServer
from tests.support.sip.plugin import ACCOUNTS
from tests.support.sip.registering import RawPhone

pytestmark = pytest.mark.pbx


def light(server: AsteriskServer, phone: str, new: int, old: int) -> str:
    action = message_light(phone, new, old)
    with server.ami() as ami:
        return ami.action(action.name, *(f"{name}: {value}" for name, value in action.fields))["Response"]


def test_every_telephone_of_an_account_is_told_how_many_messages_there_are(asterisk: AsteriskServer) -> None:
    account = ACCOUNTS[0]
    with RawPhone("127.0.0.1") as desk, RawPhone("127.0.0.1") as home:
        for phone in (desk, home):
            phone.register(asterisk, account, [f"sip:{account.phone}@127.0.0.1:{phone.port}"])
        assert light(asterisk, account.phone, 2, 1) == "Success"
        for phone in (desk, home):
            body = phone.notified("Messages-Waiting: yes")
            assert body.split("\r\n")[:2] == ["Messages-Waiting: yes", "Voice-Message: 2/1 (0/0)"]
        assert light(asterisk, account.phone, 0, 3) == "Success"
        assert "Voice-Message: 0/3 (0/0)" in desk.notified("Messages-Waiting: no")
    asterisk.cli("database deltree registrar/contact")


def test_an_account_without_a_telephone_does_no_harm(asterisk: AsteriskServer) -> None:
    assert light(asterisk, "e999taaaaaaaaaaaa", 1, 0) == "Error"
