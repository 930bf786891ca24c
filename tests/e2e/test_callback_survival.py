"""A callback survives the engine. The caller asks for it before a kill -9. It is rung once after the restart."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.e2e.scenes import Scene
from tests.support.e2e.two_nodes import TwoNodes
from tests.support.servers import wait_until

pytestmark = [pytest.mark.pbx, pytest.mark.e2e, pytest.mark.timeout(240)]

CUSTOMER = "+14165557201"


@pytest.fixture
def scene(two_nodes: TwoNodes, tmp_path: Path) -> Iterator[Scene]:
    with ExitStack() as stack:
        yield Scene(two_nodes, tmp_path, stack)


def test_a_callback_is_rung_once_though_the_engine_was_killed_meanwhile(
    scene: Scene, two_nodes: TwoNodes
) -> None:
    served, system = scene.queue(1), scene.system
    did = scene.route(
        "q",
        q={"type": "queue", "settings": {"queue": served.id}, "exits": {"1": "back"}},
        back={
            "type": "callback",
            "settings": {"number": CUSTOMER, "sound": ["digits/1", "digits/2", "digits/3"]},
            "exits": {"next": "end", "failed": "end"},
        },
        end={"type": "hangup"},
    )
    scene.ended(scene.caller(did, digits=((1.5, "1"),)))
    asked = scene.log(did)
    assert asked.disposition == "callback"

    before = system.pid("engine")
    system.kill("engine")
    wait_until(lambda: system.pid("engine") not in (0, before), "a new engine", 30)
    wait_until(system.engine_leads, "the new engine leads", 60)
    assert [place["callback"] for place in system.live("queue", served.id)["waiting"]] == [True]

    with two_nodes.outside_line(scene.folder, ring=0.3, talk=2) as line:
        phones = served.phones(ring=0.2, talk=1.5)
        phones.wait_for("answered", seconds=20)
        wait_until(lambda: len(two_nodes.callbacks(asked.callback or "")) == 1, "the callback's record", 30)
        assert [event[0] for event in line.events("invite")] == [CUSTOMER]
        assert [f"sip:{did}@" in " ".join(event) for event in line.events("from")] == [True]
    (attempt,) = two_nodes.callbacks(asked.callback or "")
    assert (attempt.direction, attempt.disposition, attempt.agent_id) == (
        "callback",
        "answered",
        served.agents[0].id,
    )
