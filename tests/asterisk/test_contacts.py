"""Where phones say that they are: no phone makes Asterisk call somewhere else."""

from collections.abc import Iterator

import pytest

from cli.run.asterisk_config import Trunk
from pbx.asterisk.protocol.actions import forget_contact, hang_up_phone
from tests.support.servers import wait_until
from tests.support.sip.asterisk import AsteriskServer, new_asterisk, realtime_for
from tests.support.sip.plugin import ACCOUNTS
from tests.support.sip.registering import RawPhone

pytestmark = pytest.mark.pbx

HONEST = "sip:{account}-0x1f@127.0.0.1:{port};transport=udp;line=a~b;ob"
PREMIUM = "+19005550100"


@pytest.fixture(scope="module")
def carrier() -> Iterator[RawPhone]:
    """A provider that knows our Asterisk by its address, as many do."""
    with RawPhone("127.0.0.5") as carrier:
        yield carrier


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, carrier: RawPhone) -> Iterator[AsteriskServer]:
    accounts = realtime_for(ACCOUNTS)
    accounts.start()
    server = new_asterisk(
        tmp_path_factory.mktemp("asterisk"),
        api_url=accounts.url,
        node_secret=accounts.password,
        trunks=(Trunk("carrier", (carrier.address,), host=f"{carrier.address}:{carrier.port}"),),
    )
    server.start()
    yield server
    server.stop()
    accounts.stop()


def ring(server: AsteriskServer, extension: str) -> None:
    """Let a phone of the team dial the extension."""
    with server.ami() as ami:
        ami.action(
            "Originate",
            Channel=f"Local/{extension}@agent",
            Context="fallback",
            Exten="s",
            Priority="1",
            Variable=f"__SR_TEAM={ACCOUNTS[0].team}",
            Async="true",
        )


def end(server: AsteriskServer) -> None:
    """Hang up, and forget the contacts."""
    server.cli("channel request hangup all")
    server.cli("database deltree registrar/contact")
    wait_until(lambda: server.cli("core show channels concise") == "", "end of the calls")


@pytest.mark.parametrize(
    "hostile",
    [
        "sip:{number}@{carrier}",
        "sip:{number};x=y@{carrier}",
        "sip:%2B{digits}@{carrier}",
        "sip:{digits}a@{carrier}",
        "sip:a&PJSIP/{number}@carrier",
        "sip:a,30,@{carrier}",
        "sip:a@127.0.0.1:9;x=1&PJSIP/carrier",
    ],
)
def test_a_second_contact_rings_no_telephone_number(
    server: AsteriskServer, carrier: RawPhone, hostile: str
) -> None:
    """Asterisk replaces the address of the first contact by that which the request came from, and of no other."""
    at = f"{carrier.address}:{carrier.port}"
    place = hostile.format(number=PREMIUM, digits=PREMIUM[1:], carrier=at)
    with RawPhone("127.0.0.1") as phone:
        honest = HONEST.format(account=ACCOUNTS[0].phone, port=phone.port)
        assert phone.register(server, ACCOUNTS[0], [honest, place]) == 200
        ring(server, "101")
        assert phone.invites(5) != []
    assert carrier.invites(0.5) == []
    end(server)


def test_the_phone_of_a_suspended_account_is_hung_up(server: AsteriskServer) -> None:
    """Also in calls that the engine does not know. The calls of others go on."""
    with RawPhone("127.0.0.1") as phone, server.ami() as ami:
        for account in ACCOUNTS[:2]:
            contact = HONEST.format(account=account.phone, port=phone.port)
            assert phone.register(server, account, [contact]) == 200
            ring(server, account.extension)
            assert phone.invites(5) != []
        action = hang_up_phone(ACCOUNTS[0].phone)
        assert ami.action(action.name, **dict(action.fields))["Response"] == "Success"

        def rings(phone: str) -> bool:
            return f"PJSIP/{phone}-" in server.cli("core show channels concise")

        wait_until(lambda: not rings(ACCOUNTS[0].phone), "end of the suspended phone's call")
        assert rings(ACCOUNTS[1].phone)
    end(server)


def test_a_phone_that_is_signed_out_is_not_rung(server: AsteriskServer) -> None:
    with RawPhone("127.0.0.1") as phone, server.ami() as ami:
        contact = HONEST.format(account=ACCOUNTS[0].phone, port=phone.port)
        assert phone.register(server, ACCOUNTS[0], [contact]) == 200
        ami.action("PJSIPShowContacts")
        listed = ami.wait("ContactList", lambda m: m["ObjectName"].startswith(ACCOUNTS[0].phone))
        action = forget_contact(*listed["ObjectName"].split(";@"))
        assert ami.action(action.name, **dict(action.fields))["Response"] == "Success"
        ring(server, "101")
        assert phone.invites(1) == []
    end(server)


def test_maddr_leads_to_no_telephone_number(server: AsteriskServer, carrier: RawPhone) -> None:
    """Asterisk replaces the host and the port of a contact. It sends to `maddr`."""
    with RawPhone("127.0.0.1", carrier.port) as phone:
        contact = f"sip:{PREMIUM}@x;maddr={carrier.address}"
        assert phone.register(server, ACCOUNTS[0], [contact]) == 200
        ring(server, "101")
        assert carrier.invites(2) == []
    end(server)
