"""Run several simulations at the same time, one on each core of the machine, with lower priority than calls."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from ctypes import Array, c_longlong
from functools import partial
from multiprocessing import get_context
from multiprocessing.sharedctypes import RawArray

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars

from analysis.simulate.child_process import NICE
from routing.simulation import Result, Scenario, simulate

LOOK_EVERY = 0.2
"""Seconds between two looks at how far the processes are."""

Progress = Callable[[int, int], None]
"""Told the place of a scenario in the list, and how many of its calls have entered."""


def simulate_all(
    scenarios: Sequence[Scenario], seed: int, progress: Progress | None = None, processes: int | None = None
) -> list[Result]:
    """Run each scenario with this seed, as many at the same time as there are `processes` (by default: cores).

    The results are in the order of the scenarios, and the same as one after the other. A single scenario, or a single
    core, needs no other process. No other thread may run meanwhile, for the processes are forked.
    """
    told = (lambda place, entered: None) if progress is None else progress
    workers = min(len(scenarios), processes or len(os.sched_getaffinity(0)))
    if workers <= 1:
        return [simulate(each, seed, partial(told, place)) for place, each in enumerate(scenarios)]
    entered = RawArray(c_longlong, len(scenarios))
    with ProcessPoolExecutor(workers, get_context("fork"), _begin, (entered,)) as pool:
        runs = [pool.submit(_run, place, each, seed) for place, each in enumerate(scenarios)]
        pending = set(runs)
        while pending:
            done, pending = wait(pending, LOOK_EVERY, FIRST_COMPLETED)
            if any(run.exception() for run in done):
                pool.shutdown(wait=False, cancel_futures=True)
            for place, count in enumerate(entered):
                told(place, count)
        return [run.result() for run in runs]


def simulate_shown(
    console: Console, named: Sequence[tuple[str, Scenario, int]], seed: int, *, quiet: bool
) -> list[Result]:
    """Do the same, with a bar for each scenario unless `quiet`. `named`: each with its name and number of calls."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bars(*columns, console=console, transient=True, disable=quiet, auto_refresh=False) as bars:
        tasks = [bars.add_task(f"Simulating ({name})", total=calls) for name, _, calls in named]
        return simulate_all(
            [scenario for _, scenario, _ in named],
            seed,
            lambda place, entered: bars.update(tasks[place], completed=entered, refresh=True),
        )


_entered: "Array[c_longlong]"


def _begin(entered: "Array[c_longlong]") -> None:
    """Prepare a process. `entered` has a place for each scenario, which the main process reads."""
    global _entered
    _entered = entered
    os.nice(NICE)


def _run(place: int, scenario: Scenario, seed: int) -> Result:
    return simulate(scenario, seed, partial(_entered.__setitem__, place))
