"""The results of simulations in a terminal: a table, and bars."""

from bisect import bisect_right
from collections.abc import Sequence

from rich.bar import Bar
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from analysis.simulate.run import Run
from routing.simulation.stats import answered_waits, hours_of_day

WIDTH = 40
"""The length of the longest bar, in characters."""
WAITS = (0.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0)
"""Seconds."""


def table(runs: Sequence[Run]) -> Table:
    """Return the figures in a column for each staff, with what theory says beside it."""
    found = Table(box=None, header_style="bold", pad_edge=False)
    found.add_column("")
    columns = []
    for run in runs:
        found.add_column("shifts" if run.agents == "shifts" else f"{run.agents} agents", justify="right")
        columns.append(run.result)
        if run.expected is not None:
            found.add_column(Text("theory", style="dim"), justify="right", style="dim")
            columns.append(run.expected)  # type: ignore[arg-type]
    threshold = runs[0].result.threshold
    for title, figure, unit in (
        ("had to wait", "p_wait", "%"),
        ("ASA", "asa", "s"),
        (f"answered within {threshold:g} s", "service_level", "%"),
        ("abandoned", "abandonment", "%"),
        ("short abandons", "short_abandons", ""),
        ("timed out", "timed_out", ""),
        ("turned away", "turned_away", ""),
        ("occupancy", "occupancy", "%"),
        ("longest wait", "longest_wait", "s"),
        ("calls", "calls", ""),
        ("run took", "seconds", "s"),
    ):
        values = [_value(column, figure) for column in columns]
        if figure not in _RARE or any(values):
            found.add_row(title, *(_cell(value, unit) for value in values))
    return found


_RARE = {"short_abandons", "timed_out", "turned_away"}
"""Figures that are shown only if there is such a call."""


def _value(column: object, figure: str) -> float | None:
    """Return a figure of a result, or of its queue, or of what theory says."""
    return getattr(column, figure, getattr(getattr(column, "queue", None), figure, None))


def chart(runs: Sequence[Run]) -> RenderableType:
    """Return bars: the service levels of several staffs; or the waits of one run, and its hours if these differ."""
    if len(runs) > 1:
        rows = [(f"{run.agents} agents", run.result.service_level or 0.0) for run in runs]
        return _bars("Service level", [(name, value, _cell(value, "%")) for name, value in rows], most=1.0)
    result = runs[0].result
    parts: list[RenderableType] = [waits_chart(runs[0])]
    if runs[0].daily:
        hours = hours_of_day(result)
        most = max(hour.offered for hour in hours)
        rows_by_hour = [
            (
                f"{at:02d} h",
                float(hour.offered),
                f"{hour.offered:,}, {_cell(hour.service_level, '%')} in time",
            )
            for at, hour in enumerate(hours)
            if hour.offered
        ]
        parts.append(_bars("Calls by the hour of the day", rows_by_hour, most=float(most)))
    return Group(*parts)


def waits_chart(run: Run) -> RenderableType:
    """Return bars of how long the answered calls waited, and of what became of the others."""
    result = run.result
    waits = answered_waits(result)
    rows = []
    below = 0
    for index, limit in enumerate(WAITS):
        until = bisect_right(waits, limit)
        name = "at once" if index == 0 else f"up to {limit:g} s"
        rows.append((name, until - below))
        below = until
    rows.append((f"over {WAITS[-1]:g} s", len(waits) - below))
    while len(rows) > 1 and rows[-1][1] == 0:
        rows.pop()
    others = (
        ("gave up", result.queue.abandoned + result.queue.short_abandons),
        ("timed out", result.queue.timed_out),
        ("left", result.queue.left),
        ("turned away", result.queue.turned_away),
    )
    rows += [(name, count) for name, count in others if count]
    shares = [(name, count / result.calls) for name, count in rows]
    most = max(share for _, share in shares)
    return _bars("Waits of all calls", [(n, share, _cell(share, "%")) for n, share in shares], most=most)


def _bars(title: str, rows: Sequence[tuple[str, float, str]], *, most: float) -> Table:
    found = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    found.show_header = False
    found.add_column(style="dim", justify="right")
    found.add_column(width=WIDTH)
    found.add_column()
    for name, value, shown in rows:
        found.add_row(name, Bar(most or 1.0, 0.0, value, width=WIDTH, color="cyan"), shown)
    return found


def _cell(value: float | None, unit: str) -> str:
    if value is None:
        return "-"
    if unit == "%":
        return f"{100.0 * value:.1f} %"
    return f"{value:,.1f} s" if unit else f"{value:,}"
