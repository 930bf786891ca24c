"""Compare `longest-idle` with a bare loop of dicts and heaps that keeps the same data, in the same run."""

from typing import Any

import pytest

from bench.core.bare import Bare
from bench.core.conftest import Report
from bench.core.recorded import MORNING, QUEUE, RING, TEAM, THRESHOLD, WRAP_UP, Recorded, record
from routing import commands as c

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]

ROUNDS = 7
MOST = 12.0
HEADING = "longest-idle beside a bare loop of dicts and heaps: CPU time for the same events"


def bare(recorded: Recorded) -> Bare:
    made = Bare(TEAM, QUEUE, WRAP_UP, RING, THRESHOLD)
    for number, agent in enumerate(recorded.center.agents):
        made.add_agent(agent.id, agent.phone, MORNING + 0.1 * number)
    return made


@pytest.mark.parametrize("size", [10, 1000])
def test_the_core_against_a_bare_loop(size: int, benchmark: Any, report: Report) -> None:
    recorded = record(size, talks=1500)
    ours: list[float] = []
    theirs: list[float] = []
    same: list[bool] = []

    def round() -> None:
        seconds, said = recorded.run(bare(recorded))
        theirs.append(seconds)
        told = [command[1:3] for commands in said for command in commands if command[0] == "offer"]
        seconds, said = recorded.run(recorded.fresh())
        ours.append(seconds)
        offers = [(x.call, x.agents) for commands in said for x in commands if isinstance(x, c.OfferCall)]
        same.append(told == offers and len(offers) == 1500)

    benchmark.pedantic(round, rounds=ROUNDS, iterations=1)
    ratio = min(ours) / min(theirs)
    events = len(recorded.busy)
    benchmark.extra_info.update(ratio=ratio)
    report.say(
        HEADING,
        f"{size:6} agents, as many waiting: core {min(ours) / events * 1e6:5.1f} us an event, "
        f"bare loop {min(theirs) / events * 1e6:5.1f} us, ratio {ratio:.1f} (at most {MOST:.0f})",
    )
    assert all(same), "the core and the bare loop chose different agents"
    assert ratio <= MOST
