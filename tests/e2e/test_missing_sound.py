"""A route plays a sound that does not exist. The call goes on as if the sound had been played."""

from pathlib import Path

import pytest

from tests.e2e.test_main_job import available
from tests.support.e2e.two_nodes import TwoNodes
from tests.support.servers import wait_until
from tests.support.sip.phones import Caller

pytestmark = [pytest.mark.pbx, pytest.mark.e2e, pytest.mark.timeout(240)]


def test_a_missing_sound_before_a_queue(two_nodes: TwoNodes, tmp_path: Path) -> None:
    """The agent is free, so that the offer is made in the very moment in which the prompt fails."""
    did, system = "+14165550331", two_nodes.system
    queue, (agent,) = system.provision("+14165550332", 1, 560)
    blocks: dict[str, object] = {
        "play": {
            "type": "play",
            "settings": {"sound": ["no-such-sound", "beep"]},
            "exits": {"next": "queue"},
        },
        "queue": {"type": "queue", "settings": {"queue": queue}},
    }
    two_nodes.routed(did, "play", blocks)
    phones = two_nodes.phones("a", tmp_path, [agent], ring=0.2, talk=1)
    for number in range(1, 6):
        available(system, [agent])
        caller = Caller(tmp_path / f"caller-{number}", system.sip(), did, wait=20)
        caller.start()
        result = caller.wait(30)
        assert (result.successful, result.failed) == (1, 0), result.errors
        assert len(phones.events("answered")) == number
        wait_until(lambda n=number: len(two_nodes.rows(did)) == n, "call log")  # type: ignore[misc]
    phones.stop()
    logs = two_nodes.rows(did)
    assert {log.disposition for log in logs} == {"answered"}
    assert {tuple(step["type"] for step in log.path) for log in logs} == {("play", "queue")}
    assert [len(log.legs) for log in logs] == [1] * 5
