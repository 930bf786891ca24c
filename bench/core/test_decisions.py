"""Measure the share of the decision records in the core's time: with them and without, by turns; median of the
rounds."""

from statistics import median
from typing import Any

import pytest

from bench.core.call_center import Meter
from bench.core.conftest import Report
from bench.core.workloads import WORKLOADS
from routing.acd import decisions
from routing.config import Strategy
from routing.state import Call, Decision

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]

ROUNDS = 31
TURNS = 50
MOST = 0.15
HEADING = "The decision records' share of the core's time"
_EMPTY = Decision(0.0, "", "", (), 0.0, 0, 0)  # type: ignore[arg-type]


def _nothing(*_: Any) -> Decision:
    return _EMPTY


def _forget(call: Call, decision: Decision) -> None:
    return


@pytest.mark.parametrize("workload", ["busy", "idle", "skilled"])
@pytest.mark.parametrize("size", [100, 10_000])
def test_a_decision_record_is_cheap(
    workload: str, size: int, benchmark: Any, report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = WORKLOADS[workload](size)
    load.become(Strategy.LONGEST_IDLE)
    load.round(TURNS)
    spent: dict[bool, list[float]] = {True: [], False: []}

    def round() -> None:
        order = (True, False) if len(spent[True]) % 2 else (False, True)
        for recorded in order:
            with monkeypatch.context() as patch:
                if not recorded:
                    patch.setattr(decisions, "decide", _nothing)
                    patch.setattr("routing.acd.offers.keep", _forget)
                load.center.meter = Meter()
                load.round(TURNS)
                spent[recorded].append(load.center.meter.per_command)

    benchmark.pedantic(round, rounds=ROUNDS, iterations=1)
    pairs = zip(spent[False], spent[True], strict=True)
    share = 1.0 - median(without / full for without, full in pairs)
    benchmark.extra_info.update(share=share)
    report.say(HEADING, f"{load.name}, {size} agents: {share:.1%} (at most {MOST:.0%})")
    assert share <= MOST
