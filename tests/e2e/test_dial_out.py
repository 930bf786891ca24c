"""Routes that lead to an outside number over a provider's trunk."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from models.call import CallLog
from tests.support.e2e.two_nodes import TwoNodes
from tests.support.servers import wait_until
from tests.support.sip.phones import Caller, OutsideLine

pytestmark = [pytest.mark.pbx, pytest.mark.e2e, pytest.mark.timeout(240)]

OUTSIDE = "+14165557000"
Provider = Callable[..., OutsideLine]


def leads_outside(both: TwoNodes, did: str, **settings: object) -> None:
    """The number beeps, then leads to `OUTSIDE`; if that fails, the caller hears a sound and the call ends."""
    blocks: dict[str, object] = {
        "beep": {"type": "play", "settings": {"sound": ["beep"]}, "exits": {"next": "out"}},
        "out": {
            "type": "number",
            "settings": {"number": OUTSIDE, **settings},
            "exits": {"failed": "sorry"},
        },
        "sorry": {"type": "play", "settings": {"sound": ["vm-goodbye"]}, "exits": {"next": "end"}},
        "end": {"type": "hangup", "settings": {}},
    }
    both.routed(did, "beep", blocks)


@pytest.fixture
def provider(two_nodes: TwoNodes, tmp_path: Path) -> Iterator[Provider]:
    """Makes the other end of the trunk: `provider(ring=..., talk=..., reject=...)`."""
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(two_nodes.outside_line(tmp_path, **options))


def log_of(both: TwoNodes, did: str) -> CallLog:
    wait_until(lambda: bool(both.rows(did)), f"call log of {did}")
    (row,) = both.rows(did)
    return row


def test_an_outside_line_answers_talks_and_is_recorded(
    two_nodes: TwoNodes, provider: Provider, tmp_path: Path
) -> None:
    did = "+14165550321"
    leads_outside(two_nodes, did, caller_id="+14165550999")
    line = provider(ring=0.5, talk=3)
    caller = Caller(tmp_path / "caller", two_nodes.system.sip(), did, wait=30, audio_seconds=6)
    caller.start()
    line.wait_for("answered")
    result = caller.wait(30)
    assert (result.successful, result.failed) == (1, 0), result.errors
    assert line.events("hangup")[0][0] == OUTSIDE
    log = log_of(two_nodes, did)
    assert (log.disposition, log.ended_by) == ("completed", "agent")
    (leg,) = log.legs
    assert (leg["kind"], leg["number"], leg["outcome"]) == ("number", OUTSIDE, "answered")
    assert 2.5 <= log.talk <= 4.5
    wait_until(
        lambda: {row.state for row in two_nodes.recordings(log.id)} == {"stored"}, "recording on S3", 40
    )
    (recording,) = two_nodes.recordings(log.id)
    assert recording.seconds is not None
    assert recording.seconds >= log.talk - 0.5


def test_a_busy_outside_line_leaves_by_failed(
    two_nodes: TwoNodes, provider: Provider, tmp_path: Path
) -> None:
    did = "+14165550322"
    leads_outside(two_nodes, did)
    line = provider(reject=486)
    caller = Caller(tmp_path / "caller", two_nodes.system.sip(), did, wait=30)
    caller.start()
    result = caller.wait(30)
    assert (result.successful, result.failed) == (1, 0), result.errors
    assert line.events("rejected")[0][0] == OUTSIDE
    log = log_of(two_nodes, did)
    assert [(step["type"], step["exit"]) for step in log.path[1:3]] == [
        ("number", "failed"),
        ("play", "next"),
    ]
    assert [(leg["kind"], leg["outcome"]) for leg in log.legs] == [("number", "busy")]
    assert (log.disposition, log.ended_by) == ("completed", "system")
    assert two_nodes.recordings(log.id) == []


def test_a_caller_who_gives_up_stops_the_ringing_outside(
    two_nodes: TwoNodes, provider: Provider, tmp_path: Path
) -> None:
    did = "+14165550323"
    leads_outside(two_nodes, did)
    line = provider(never_answer=True)
    caller = Caller(tmp_path / "caller", two_nodes.system.sip(), did, hang_up=4)
    caller.start()
    line.wait_for("invite")
    line.wait_for("cancelled")
    assert caller.wait(20).successful == 1
    log = log_of(two_nodes, did)
    assert log.ended_by == "caller"
    assert [(leg["kind"], leg["outcome"]) for leg in log.legs] == [("number", "caller-gone")]


def test_an_outside_line_that_never_answers_leaves_by_failed(
    two_nodes: TwoNodes, provider: Provider, tmp_path: Path
) -> None:
    did = "+14165550324"
    leads_outside(two_nodes, did, timeout=5)
    line = provider(never_answer=True)
    caller = Caller(tmp_path / "caller", two_nodes.system.sip(), did, wait=30)
    caller.start()
    line.wait_for("invite")
    result = caller.wait(30)
    assert (result.successful, result.failed) == (1, 0), result.errors
    line.wait_for("cancelled")
    log = log_of(two_nodes, did)
    assert [(leg["kind"], leg["outcome"]) for leg in log.legs] == [("number", "no-answer")]
    assert log.path[1]["exit"] == "failed"
