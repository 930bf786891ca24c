"""What the dialplan tells the engine of the dialled number, and of callers who withhold theirs."""

from pathlib import Path

import pytest

from pbx.asterisk.protocol.messages import known, known_name
from switchroom.numbers import find_did
from tests.support.sip.asterisk import AsteriskServer
from tests.support.sip.phones import Caller

pytestmark = pytest.mark.pbx

ASSERTED = 'P-Asserted-Identity: "Jane Doe" <sip:+14165550123@127.0.0.1>'


def entered(asterisk: AsteriskServer, folder: Path, number: str, **options: object) -> tuple[str, str, str]:
    """Let a caller come in. Return what the engine is told: the caller's number and name, and the number dialled."""
    with asterisk.ami() as ami:
        asterisk.heartbeat(ami)
        caller = Caller(folder, asterisk, number, **options)  # type: ignore[arg-type]
        caller.start()
        told = ami.wait("AsyncAGIStart")
        did = ami.action("Getvar", Channel=told["Channel"], Variable="SR_DID")["Value"]
        ami.action("Hangup", Channel=told["Channel"])
    return known(told["CallerIDNum"]), known_name(told["CallerIDName"]), did


@pytest.mark.parametrize(
    ("caller", "headers"),
    [
        ("anonymous", (ASSERTED, "Privacy: id")),
        ("+14165550123", (ASSERTED, "Privacy: id;critical")),
        ("+14165550123", ("Privacy: id",)),
        ("+14165550123", ("Privacy: user;id",)),
    ],
)
def test_a_withheld_number_is_not_told(
    asterisk: AsteriskServer, tmp_path: Path, caller: str, headers: tuple[str, ...]
) -> None:
    told = entered(asterisk, tmp_path / "caller", "+14165550100", caller=caller, headers=headers)
    assert told[:2] == ("", "")


@pytest.mark.parametrize("headers", [(), ("Privacy: none",), (ASSERTED,)])
def test_any_other_number_is_told(asterisk: AsteriskServer, tmp_path: Path, headers: tuple[str, ...]) -> None:
    told = entered(asterisk, tmp_path / "caller", "+14165550100", name="O'Brien", headers=headers)
    assert told[0] == "+14165550123"
    assert told[1] == ("Jane Doe" if ASSERTED in headers else "O'Brien")


@pytest.mark.parametrize(
    ("written", "told"),
    [
        (r"Jack \"J.\" O'Neill", """Jack "J." O'Neill"""),
        (r"a, b; c (d) $\{e} \\ f", "a, b; c (d) ${e}  f"),
        ("Zoë Müller 🦊", "Zoë Müller 🦊"),
    ],
)
def test_a_name_is_told_as_the_caller_wrote_it(
    asterisk: AsteriskServer, tmp_path: Path, written: str, told: str
) -> None:
    assert entered(asterisk, tmp_path / "caller", "+14165550100", name=written)[1] == told


@pytest.mark.parametrize(
    ("dialled", "told"),
    [
        ("+14165550100;npdi;rn=+14165550999", "+14165550100;npdi;rn=+14165550999"),
        ("4165550100;phone-context=+1", "4165550100;phone-context=+1"),
        ("+1-416-555-0100", "+1-416-555-0100"),
        ("%2B14165550100", "+14165550100"),
    ],
)
def test_the_engine_is_told_the_number_as_it_was_dialled(
    asterisk: AsteriskServer, tmp_path: Path, dialled: str, told: str
) -> None:
    assert entered(asterisk, tmp_path / "caller", dialled)[2] == told


@pytest.mark.parametrize(
    "uri", ["tel:+14165550100", "tel:+1-416-555-0100", "tel:4165550100;phone-context=+1"]
)
def test_a_tel_uri_says_the_number(asterisk: AsteriskServer, tmp_path: Path, uri: str) -> None:
    told = entered(asterisk, tmp_path / "caller", "+14165550100", uri=uri)
    assert find_did(told[2], ["+14165550100"]) == "+14165550100"
