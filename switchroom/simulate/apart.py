"""A simulation in a process of its own, so that it takes no time from whoever asks for it.

`python -m switchroom.simulate.apart` reads a pickled plan and writes its outcome as JSON.
"""

import json
import os
import pickle
import subprocess
import sys
from dataclasses import asdict, dataclass

from routing.simulation import Plan, scenario_of, simulate
from routing.simulation.plan import theory

NICE = 10
"""Calls go first."""


class TookTooLong(Exception):
    """The simulation was not done in time and was ended."""


@dataclass(frozen=True, slots=True)
class Outcome:
    figures: dict[str, float | int | None]
    """See `routing.simulation.stats.Result.figures`."""
    theory: dict[str, float] | None


def simulate_apart(plan: Plan, seconds: float) -> Outcome:
    """Waits for the outcome, `seconds` of wall time at most. Raises `TookTooLong`, or `RuntimeError` if the process
    failed."""
    command = [sys.executable, "-m", "switchroom.simulate.apart"]
    try:
        done = subprocess.run(command, input=pickle.dumps(plan), capture_output=True, timeout=seconds)
    except subprocess.TimeoutExpired as error:
        raise TookTooLong(f"{seconds:g} s") from error
    if done.returncode:
        raise RuntimeError(f"the simulation failed: {done.stderr[-2000:].decode(errors='replace')}")
    found = json.loads(done.stdout)
    return Outcome(found["figures"], found["theory"])


def main() -> None:
    os.nice(NICE)
    plan = pickle.load(sys.stdin.buffer)  # noqa: S301 - from the process that started this one
    result, expected = simulate(scenario_of(plan), plan.seed), theory(plan)
    json.dump(
        {"figures": result.figures(), "theory": None if expected is None else asdict(expected)}, sys.stdout
    )


if __name__ == "__main__":
    main()
