"""The goals of the team API: rates of reads beside the bare app's, long lists beside short ones,
and searches beside a read by key."""

from collections.abc import Callable

from rich.table import Table

from bench.api.report import yes
from bench.api.rounds import Cell
from bench.api.team import LONG, READS, ROW

LEAST = 40.0
"""The least rate of reads, in percent of the bare app's."""
LONGER = 4.0
"""A list of 1,000 rows may take this many times as long as one of 100."""
SLOWEST = 20.0
"""The slowest searches may take this many times as long as the slowest reads by key."""


def goals(cells: list[Cell]) -> Table:
    """Return the table of the goals: each operation at its worst number of clients."""
    table = Table(title="Goals of the team API, each at its worst number of clients")
    for column in ("database", "operation", "goal"):
        table.add_column(column)
    for column in ("measured", "clients", "CPU, % of bare", "needed", "holds"):
        table.add_column(column, justify="right")
    for cell in _worst(cells, lambda cell: -cell.ratio):
        if cell.operation in READS:
            table.add_row(
                cell.database, cell.operation, "rate, % of the bare rate", f"{cell.ratio:.0f} %", str(cell.clients),
                f"{100 * cell.bare.cpu_ms / max(1e-6, cell.ours.cpu_ms):.0f} %", f">= {LEAST:g} %",
                yes(cell.ratio >= LEAST),
            )  # fmt: skip
    for cell in _worst(cells, lambda cell: -cell.ratio):
        short = _beside(cells, cell, LONG.get(cell.operation, ""))
        if short is not None:
            longer = cell.ours.percentile(50) / max(1e-3, short.ours.percentile(50))
            table.add_row(
                cell.database, cell.operation, "p50, times that of 100 rows", f"{longer:.1f}", str(cell.clients),
                "", f"<= {LONGER:g}", yes(longer <= LONGER),
            )  # fmt: skip
    for cell in _worst(cells, lambda cell: times(cells, cell) or 0.0):
        found = times(cells, cell)
        if cell.operation.startswith("search") and found is not None:
            table.add_row(
                cell.database, cell.operation, "p99, times that of a read by key", f"{found:.1f}", str(cell.clients),
                "", f"< {SLOWEST:g}", yes(found < SLOWEST),
            )  # fmt: skip
    return table


def _worst(cells: list[Cell], badness: Callable[[Cell], float]) -> list[Cell]:
    """Return the worst cell of each operation on each database."""
    worst: dict[tuple[str, str], Cell] = {}
    for cell in cells:
        key = (cell.database, cell.operation)
        if key not in worst or badness(cell) > badness(worst[key]):
            worst[key] = cell
    return list(worst.values())


def times(cells: list[Cell], cell: Cell) -> float | None:
    """Return how many times as long as reads by key the operation takes, at the 99th percentile and as many clients."""
    row = _beside(cells, cell, ROW)
    return None if row is None else cell.ours.percentile(99) / max(1e-3, row.ours.percentile(99))


def _beside(cells: list[Cell], cell: Cell, operation: str) -> Cell | None:
    """Return the cell of another operation on the same database, with as many clients."""
    wanted = (cell.database, operation, cell.clients)
    return next((one for one in cells if (one.database, one.operation, one.clients) == wanted), None)
