"""Keys of desk phones show what colleagues do, on a real Asterisk: subscriptions, and what is told to them."""

from collections.abc import Iterable, Iterator

import pytest

from pbx.ami import Action
from pbx.asterisk.calls.lamps import DEVICES, Lamps
from tests.support.sip.ami import Ami
from tests.support.sip.asterisk import AsteriskServer
from tests.support.sip.plugin import ACCOUNTS
from tests.support.sip.realtime import Account
from tests.support.sip.registering import RawPhone

pytestmark = pytest.mark.pbx

ANN, BOB, STRANGER = ACCOUNTS
PHONES = "127.0.0.1"


def send(ami: Ami, made: Iterable[Action]) -> list[str]:
    """Send actions as the engine does. Return their responses."""
    return [ami.action(action.name, **dict(action.fields))["Response"] for action in made]


@pytest.fixture
def lamps(asterisk: AsteriskServer) -> Iterator[Ami]:
    """Yield a connection of an engine that has shown everybody as available."""
    with asterisk.ami() as ami:
        shown = Lamps(lambda: {account.phone: "available" for account in ACCOUNTS})
        send(ami, shown.show_all())
        yield ami


def show(ami: Ami, account: Account, state: str) -> None:
    shown = Lamps(dict)
    assert send(ami, shown.show(account.phone, state))[-1] == "Success"


@pytest.mark.parametrize(
    ("state", "lamp"),
    [("ringing", "<state>early</state>"), ("on-call", "<state>confirmed</state>"), ("dnd", "<state>confirmed</state>"),
     ("available", "<state>terminated</state>"), ("away", "<state>terminated</state>")],
)  # fmt: skip
def test_a_key_shows_what_a_colleague_does(
    asterisk: AsteriskServer, lamps: Ami, state: str, lamp: str
) -> None:
    with RawPhone(PHONES) as phone:
        assert phone.subscribe(asterisk, ANN, BOB.extension) == 200
        phone.notified("<dialog-info")
        other = "on-call" if "terminated" in lamp else "available"
        show(lamps, BOB, other)
        if other == "on-call":
            phone.notified("confirmed")
        show(lamps, BOB, state)
        body = phone.notified(lamp)
        assert f'entity="sip:{BOB.extension}@' in body
        show(lamps, BOB, "available")


def test_no_phone_sees_another_team(asterisk: AsteriskServer, lamps: Ami) -> None:
    """Extensions of different teams may have the same digits: a phone sees those of its own team."""
    with RawPhone(PHONES) as stranger, RawPhone(PHONES) as phone:
        assert stranger.subscribe(asterisk, STRANGER, BOB.extension) == 200, "the stranger's own team's 102"
        stranger.notified("<dialog-info")
        assert phone.subscribe(asterisk, ANN, BOB.extension) == 200
        phone.notified("<dialog-info")
        show(lamps, BOB, "on-call")
        phone.notified("confirmed")
        with pytest.raises(TimeoutError):
            stranger.notified("confirmed", 1)
        show(lamps, BOB, "available")


@pytest.mark.parametrize(
    "extension",
    [BOB.phone, f"{BOB.extension}t{BOB.team}", f"1&PJSIP/{BOB.phone}", "s", "*72", "1", "1234567"],
)
def test_only_extensions_can_be_asked_for(asterisk: AsteriskServer, lamps: Ami, extension: str) -> None:
    """A name of an account is no extension: it would say which team is meant."""
    with RawPhone(PHONES) as phone:
        assert phone.subscribe(asterisk, STRANGER, extension) == 404


def test_every_state_has_a_device_state() -> None:
    from routing.state import Availability

    assert set(DEVICES) == set(Availability)
