"""What a provider gets of a call that goes out: the team's number alone. Of one that is denied it gets nothing."""

from pathlib import Path

import pytest

from models.call import CallLog
from tests.support.e2e.two_nodes import TwoNodes
from tests.support.servers import wait_until
from tests.support.sip.phones import Caller, OutsideLine

pytestmark = [pytest.mark.pbx, pytest.mark.e2e, pytest.mark.timeout(240)]

OUTSIDE, PREMIUM, ABROAD = "+14165557000", "+19005551234", "+4915112345678"
CALLER, NAME = "+14165550177", "Claimed"


def leads_to(both: TwoNodes, did: str, number: str, **settings: object) -> None:
    out = {"type": "number", "settings": {"number": number, **settings}, "exits": {"failed": "sorry"}}
    sorry = {"type": "play", "settings": {"sound": ["vm-goodbye"]}, "exits": {"next": "end"}}
    blocks: dict[str, object] = {"out": out, "sorry": sorry, "end": {"type": "hangup", "settings": {}}}
    both.routed(did, "out", blocks)


def called(both: TwoNodes, folder: Path, did: str) -> CallLog:
    caller = Caller(folder / f"caller{did}", both.system.sip(), did, wait=30, caller=CALLER, name=NAME)
    caller.start()
    result = caller.wait(40)
    assert (result.successful, result.failed) == (1, 0), result.errors
    wait_until(lambda: bool(both.rows(did)), f"call log of {did}")
    (row,) = both.rows(did)
    return row


def headers(line: OutsideLine, kind: str) -> list[str]:
    return [" ".join(words[1:]) for words in line.events(kind)]


@pytest.mark.parametrize(
    ("did", "settings"),
    [("+14165550341", {}), ("+14165550342", {"caller_id": "+14165550999"})],
    ids=["by default", "a number that is not the team's"],
)
def test_the_provider_sees_the_teams_number_alone(
    two_nodes: TwoNodes, tmp_path: Path, did: str, settings: dict[str, object]
) -> None:
    leads_to(two_nodes, did, OUTSIDE, **settings)
    with two_nodes.outside_line(tmp_path, ring=0.2, talk=1) as line:
        log = called(two_nodes, tmp_path, did)
        assert [leg["outcome"] for leg in log.legs] == ["answered"]
        (shown,), (asserted,) = headers(line, "from"), headers(line, "asserted")
    for header in (shown, asserted):
        assert f"sip:{did}@" in header
        assert CALLER not in header
        assert NAME not in header
        assert "+14165550999" not in header


def test_the_provider_sees_another_number_of_the_team(two_nodes: TwoNodes, tmp_path: Path) -> None:
    two_nodes.routed("+14165550349", "end", {"end": {"type": "hangup", "settings": {}}})
    leads_to(two_nodes, "+14165550344", OUTSIDE, caller_id="+14165550349")
    with two_nodes.outside_line(tmp_path, ring=0.2, talk=1) as line:
        called(two_nodes, tmp_path, "+14165550344")
        assert "sip:+14165550349@" in headers(line, "from")[0]
        assert "sip:+14165550349@" in headers(line, "asserted")[0]


def test_the_provider_gets_no_invite_for_what_is_denied(two_nodes: TwoNodes, tmp_path: Path) -> None:
    denied = {"+14165550345": PREMIUM, "+14165550346": ABROAD}
    for did, number in denied.items():
        leads_to(two_nodes, did, number)
    leads_to(two_nodes, "+14165550347", OUTSIDE)
    leads_to(two_nodes, "+14165550348", OUTSIDE)
    with two_nodes.outside_line(tmp_path, ring=0.2, talk=1) as line:
        reasons = [called(two_nodes, tmp_path, did).path[0]["reason"] for did in denied]
        assert reasons == ["outbound: country"] * 2
        two_nodes.system.may_dial(open=False)
        try:
            log = called(two_nodes, tmp_path, "+14165550347")
            assert (log.path[0]["reason"], log.legs) == ("outbound: closed", [])
            assert line.events("invite") == []
        finally:
            two_nodes.system.may_dial()
        called(two_nodes, tmp_path, "+14165550348")
        assert len(line.events("invite")) == 1
