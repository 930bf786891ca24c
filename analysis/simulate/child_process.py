"""Simulate in another process, so that the process that asks for it can do other work.

`python -m analysis.simulate` reads a plan and writes its outcome, both as JSON.
"""

import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass

from routing.persistence import codec
from routing.simulation import Plan, scenario_of, simulate
from routing.simulation.plan import theory

NICE = 10
"""The priority of processes that simulate. The engine's calls go first."""


class TookTooLong(Exception):
    """The simulation was not done in time, and its process was ended."""


@dataclass(frozen=True, slots=True)
class Outcome:
    figures: dict[str, float | int | None]
    """See `routing.simulation.stats.Result.figures`."""
    theory: dict[str, float] | None


def simulate_in_child(plan: Plan, seconds: float) -> Outcome:
    """Return the outcome. Wait for it `seconds` of wall time at most. Raises `TookTooLong`, or `RuntimeError` if the
    process failed."""
    command = [sys.executable, "-m", "analysis.simulate"]
    asked = json.dumps(codec.encode(Plan, plan)).encode()
    try:
        done = subprocess.run(command, input=asked, capture_output=True, timeout=seconds)
    except subprocess.TimeoutExpired as error:
        raise TookTooLong(f"{seconds:g} s") from error
    if done.returncode:
        raise RuntimeError(f"the simulation failed: {done.stderr[-2000:].decode(errors='replace')}")
    found = json.loads(done.stdout)
    return Outcome(found["figures"], found["theory"])


def main() -> None:
    """Do what the other process has to do."""
    os.nice(NICE)
    plan: Plan = codec.decode(Plan, json.load(sys.stdin))
    result, expected = simulate(scenario_of(plan), plan.seed), theory(plan)
    json.dump(
        {"figures": result.figures(), "theory": None if expected is None else asdict(expected)}, sys.stdout
    )
