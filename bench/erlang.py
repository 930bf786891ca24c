"""Compare simulations with Erlang C (M/M/c) and Erlang A (M/M/c+M) on the whole grid. A small grid is in
tests/routing/simulation.

Each row is a queue. Each cell has the mean of a figure over independent replications, half the width of its interval,
and (what theory says). All intervals together hold with 99 % (Bonferroni). An interval that does not contain the value
of theory is marked, and the exit status is 1. A figure that rests on too few calls is called rare and is not
compared.
"""

import math
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn
from rich.table import Table

from analysis.simulate.child_process import NICE
from tests.support.routing.agreement import (
    AHT,
    FIGURES,
    Interval,
    Point,
    Replication,
    intervals,
    run,
    theory,
    too_rare,
)

AGENTS = (1, 2, 5, 10, 20, 50, 100, 200, 500)
LOADS_C = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
LOADS_A = (0.5, 0.7, 0.9, 1.0, 1.1, 1.3)
PATIENCE = AHT / 2
WIDTH = 150
"""The width of a row in characters."""
SETTLED = 8
"""The number of relaxation times before the measurement. Each has 1 / (1 - sqrt(load))**2 calls."""


def grid(agents: Sequence[int], replications: int, calls: int) -> list[Point]:
    """Return the queues to simulate. `calls` are measured in each replication."""
    points = []
    for count in agents:
        for load in LOADS_C:
            warm_up = round(SETTLED / (1.0 - math.sqrt(load)) ** 2)
            points.append(Point(count, load, None, replications, warm_up, calls))
        for load in LOADS_A:
            patient = round(SETTLED * count * load * max(PATIENCE, AHT) / AHT)
            points.append(Point(count, load, PATIENCE, replications, max(100, patient), calls))
    return points


def measure(agents: Sequence[int], replications: int, calls: int, processes: int) -> int:
    """Print the table. Return the exit status."""
    console, points = Console(), grid(agents, replications, calls)
    console.width = max(console.width, WIDTH)
    compared = {
        point: [name for name in point.figures if name not in too_rare(point, theory(point))]
        for point in points
    }
    comparisons = sum(map(len, compared.values()))
    columns = (*Progress.get_default_columns()[:1], BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    found: dict[Point, list[Replication]] = {}
    with ProcessPoolExecutor(processes, initializer=os.nice, initargs=(NICE,)) as pool:
        runs = {point: [pool.submit(run, point, seed) for seed in range(replications)] for point in points}
        with Progress(*columns, console=console, transient=True) as bar:
            task = bar.add_task("Replications", total=len(points) * replications)
            for point, waiting in runs.items():
                found[point] = []
                for each in waiting:
                    found[point].append(each.result())
                    bar.advance(task)
    table, wrong = _table(found, compared, comparisons)
    console.print(table)
    total = sum(result.calls for results in found.values() for result in results)
    console.print(
        f"{len(points)} queues, {comparisons} comparisons, {total:,} calls measured; "
        f"outside their interval: {wrong}",
        highlight=False,
    )
    return int(wrong > 0)


def _table(
    found: dict[Point, list[Replication]], compared: dict[Point, list[str]], comparisons: int
) -> tuple[Table, int]:
    table = Table("queue", *FIGURES, box=None, header_style="bold")
    wrong = 0
    for point, results in found.items():
        expected = theory(point)
        by_figure = {interval.figure: interval for interval in intervals(point, results, comparisons)}
        cells = []
        for figure in FIGURES:
            interval = by_figure.get(figure)
            if interval is None:
                cells.append("0")
            elif figure in compared[point]:
                cells.append(_cell(interval, getattr(expected, figure)))
                wrong += not interval.holds(getattr(expected, figure))
            else:
                cells.append(f"[dim]{interval.mean:.4g} (rare: {getattr(expected, figure):.4g})[/]")
        table.add_row(str(point), *cells)
    return table, wrong


def _cell(interval: Interval, expected: float) -> str:
    text = f"{interval.mean:.4g} ± {interval.half:.2g} ({expected:.4g})"
    return text if interval.holds(expected) else f"[red]{text} ![/]"
