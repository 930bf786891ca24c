"""The tables: our figures beside those of the bare app, and which goals hold."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import inf

from rich.table import Table

from bench.api.rounds import Cell, Side


@dataclass(frozen=True, slots=True)
class Goal:
    """The least rate of some operations, in percent of the bare app's. `stretch` is a better rate that is not
    required."""

    title: str
    operations: tuple[str, ...]
    least: float
    stretch: float | None


RATES = (
    Goal("one row, % of the bare rate", ("row",), 12, 25),
    Goal("lists, % of the bare rate", ("list", "call-log"), 40, 60),
    Goal("a write, % of the bare rate", ("write",), 25, None),
)
SLOWEST_BESIDE = 5.0
"""The slowest reads beside writers may take this many times as long as without writers."""


def rates(cells: Iterable[Cell]) -> Table:
    """Return the table of all cells: rates, their ratio, percentiles, CPU."""
    table = Table(title="Our api beside a bare ASGI app with the same statements")
    for column in ("database", "operation"):
        table.add_column(column)
    for column in (
        "clients", "ours /s", "bare /s", "%", "ours p50 / p99 ms", "bare p50 / p99", "ours CPU ms", "bare", "not 2xx",
    ):  # fmt: skip
        table.add_column(column, justify="right")
    for cell in cells:
        ours, bare = cell.ours, cell.bare
        table.add_row(
            cell.database, cell.name, str(cell.clients), f"{ours.rate:.0f}", f"{bare.rate:.0f}",
            f"{cell.ratio:.1f}", _span(ours), _span(bare), f"{ours.cpu_ms:.2f}", f"{bare.cpu_ms:.2f}",
            _refused(ours),
        )  # fmt: skip
    return table


def goals(cells: list[Cell]) -> Table:
    """Return the table of the goals. Each goal is shown for each kind of database at its worst number of clients."""
    table = Table(title="Goals, each at its worst cell")
    for column in ("goal", "database"):
        table.add_column(column)
    for column in ("measured", "at", "needed", "holds", "stretch"):
        table.add_column(column, justify="right")
    for database in dict.fromkeys(cell.database for cell in cells):
        here = [cell for cell in cells if cell.database == database]
        for goal in RATES:
            found = [cell for cell in here if cell.operation in goal.operations and not cell.writers]
            if found:
                _add_rate(table, goal, min(found, key=lambda cell: cell.ratio))
        _add_slowest(table, here)
        refused = sum(sum(cell.ours.refused.values()) for cell in here)
        unavailable = sum(cell.ours.refused.get("503", 0) for cell in here)
        table.add_row("no 503", database, str(unavailable), "", "0", yes(unavailable == 0), "")
        other = refused - unavailable + sum(cell.ours.lost for cell in here)
        table.add_row("nothing else outside 2xx", database, str(other), "", "0", yes(other == 0), "")
    return table


def _add_rate(table: Table, goal: Goal, worst: Cell) -> None:
    stretch = "" if goal.stretch is None else f"{goal.stretch:g}: {yes(worst.ratio >= goal.stretch)}"
    where = f"{worst.name}, {worst.clients} clients"
    measured = f"{worst.ratio:.1f} %"
    held = yes(worst.ratio >= goal.least)
    table.add_row(goal.title, worst.database, measured, where, f">= {goal.least:g} %", held, stretch)


def _add_slowest(table: Table, here: list[Cell]) -> None:
    """Add the goal of the slowest reads. It must hold for our api. The bare app's ratio is shown beside it."""
    beside = next((cell for cell in here if cell.writers), None)
    if beside is None:
        return
    alone = next(
        cell
        for cell in here
        if cell.operation == "row" and not cell.writers and cell.clients == beside.clients
    )
    times, bare = (_times(beside, alone, pick) for pick in (lambda cell: cell.ours, lambda cell: cell.bare))
    table.add_row(
        f"reads' p99 beside {beside.writers} writers, times alone", beside.database, f"{times:.1f} (bare {bare:.1f})",
        f"{beside.clients} readers", f"< {SLOWEST_BESIDE:g}", yes(times < SLOWEST_BESIDE), "",
    )  # fmt: skip


def _times(beside: Cell, alone: Cell, pick: Callable[[Cell], Side]) -> float:
    """Return how many times as long the slowest reads take beside writers. Infinite if an answer is missing."""
    if pick(beside).lost or not pick(beside).microseconds:
        return inf
    return pick(beside).percentile(99) / max(1e-3, pick(alone).percentile(99))


def _span(side: Side) -> str:
    return f"{side.percentile(50):.1f} / {side.percentile(99):.1f}"


def _refused(side: Side) -> str:
    parts = [f"{count} x {status}" for status, count in side.refused.items()]
    parts += [f"{side.lost} unanswered"] if side.lost else []
    return ", ".join(parts) or "0"


def yes(holds: bool) -> str:
    """Return whether a goal holds, in its color."""
    return "[green]yes[/]" if holds else "[red]no[/]"
