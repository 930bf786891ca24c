"""A full node refuses the numbers that the engine has named, and no others, as long as there is an engine."""

from pathlib import Path

import pytest

from tests.support.sip.ami import Ami
from tests.support.sip.asterisk import AsteriskServer
from tests.support.sip.phones import Caller

pytestmark = pytest.mark.pbx
DID, OTHER = "+14165550100", "+14165550199"


def shut(ami: Ami, number: str, token: str = "0badcafe") -> None:
    """The node is full, and the engine has refused a call to the number."""
    ami.action("Setvar", Variable=f"SR_FULL_{number.removeprefix('+')}", Value=token)
    ami.action("Setvar", Variable="SR_FULL", Value="0badcafe")


def test_the_numbers_call_is_told_503_and_the_engine_of_it(asterisk: AsteriskServer, tmp_path: Path) -> None:
    with asterisk.ami() as ami:
        asterisk.heartbeat(ami)
        shut(ami, DID)
        try:
            caller = Caller(tmp_path / "refused", asterisk, DID, expect=503)
            caller.start()
            told = ami.wait("UserEvent")
            assert (told["UserEvent"], told["SR_DID"]) == ("CallRefused", DID)
            assert told["CallerIDNum"]
            assert caller.wait(20).successful == 1
            other = Caller(tmp_path / "other", asterisk, OTHER, hang_up=0.5)
            other.start()
            entered = ami.wait("AsyncAGIStart")
            assert entered["SR_DID"] == OTHER
            ami.agi(entered["Channel"], "ANSWER")
            assert other.wait(20).successful == 1
        finally:
            ami.action("Setvar", Variable="SR_FULL", Value="")


def test_an_old_token_says_nothing(asterisk: AsteriskServer, tmp_path: Path) -> None:
    with asterisk.ami() as ami:
        asterisk.heartbeat(ami)
        shut(ami, DID, "01d01d01")
        try:
            caller = Caller(tmp_path / "caller", asterisk, DID, hang_up=0.5)
            caller.start()
            ami.agi(ami.wait("AsyncAGIStart")["Channel"], "ANSWER")
            assert caller.wait(20).successful == 1
        finally:
            ami.action("Setvar", Variable="SR_FULL", Value="")
