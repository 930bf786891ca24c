"""Charts as PNG files, drawn with matplotlib. It is loaded only when a chart is asked for."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.simulate.run import Run
from routing.simulation.stats import answered_waits, hours_of_day

SIZE = (11.0, 4.5)
"""Inches."""
DPI = 120
SLICES = 50


def draw(path: Path, runs: Sequence[Run]) -> None:
    """Draw the figures of several staffs over the number of agents; or of one run its waits, and its hours or its
    course.

    Raises OSError.
    """
    figure = Figure(figsize=SIZE, layout="constrained")
    left, right = figure.subplots(1, 2)
    if len(runs) > 1:
        _shares(left, runs)
        _asa(right, runs)
    else:
        _waits(left, runs[0])
        (_hours if runs[0].daily else _course)(right, runs[0])
    figure.savefig(path, dpi=DPI, format="png")


def _shares(axes: Axes, runs: Sequence[Run]) -> None:
    agents = [int(run.agents) for run in runs]
    for figure, label in (
        ("service_level", f"answered within {runs[0].result.threshold:g} s"),
        ("p_wait", "had to wait"),
        ("abandonment", "abandoned"),
        ("occupancy", "occupancy"),
    ):
        shares = [100.0 * (getattr(run.result, figure) or 0.0) for run in runs]
        axes.plot(agents, shares, marker="o", label=label)
    axes.set(xlabel="agents", ylabel="%", ylim=(0, 102), title="Shares")
    axes.grid(alpha=0.3)
    axes.legend()


def _asa(axes: Axes, runs: Sequence[Run]) -> None:
    axes.plot([int(run.agents) for run in runs], [run.result.asa or 0.0 for run in runs], marker="o")
    axes.set(xlabel="agents", ylabel="seconds", ylim=(0, None), title="Mean wait of the answered calls (ASA)")
    axes.grid(alpha=0.3)


def _waits(axes: Axes, run: Run) -> None:
    """Draw the share of all calls that were answered after each wait."""
    result, waits = run.result, answered_waits(run.result)
    shares = [100.0 * number / result.calls for number in range(1, len(waits) + 1)]
    axes.step([0.0, *waits], [0.0, *shares], where="post")
    axes.axvline(result.threshold, color="grey", linestyle="--", linewidth=1)
    level = 100.0 * (result.service_level or 0.0)
    axes.annotate(f" {level:.1f} % within {result.threshold:g} s", (result.threshold, 5.0))
    most = max(2.0 * result.threshold, waits[int(0.99 * (len(waits) - 1))] if waits else 0.0)
    axes.set(xlabel="seconds of waiting", ylabel="% of all calls", ylim=(0, 102), xlim=(0, most))
    axes.set_title("Answered after at most this wait")
    axes.grid(alpha=0.3)


def _course(axes: Axes, run: Run) -> None:
    """Draw whether the run came to rest: the mean wait of each fiftieth of the calls, one after another."""
    waits = run.result.sample.waits
    size = max(1, len(waits) // SLICES)
    means = [
        sum(part) / len(part) for start in range(0, len(waits), size) if (part := waits[start : start + size])
    ]
    axes.plot([size * number for number in range(1, len(means) + 1)], means)
    axes.set(xlabel="calls", ylabel="seconds", ylim=(0, None), title="Mean wait in the course of the run")
    axes.grid(alpha=0.3)


def _hours(axes: Axes, run: Run) -> None:
    hours = hours_of_day(run.result)
    axes.bar(range(24), [hour.offered for hour in hours], color="lightsteelblue", label="calls")
    axes.set(xlabel="hour of the day", ylabel="calls", xlim=(-0.6, 23.6))
    axes.set_title("By the hour")
    levels = axes.twinx()
    known = [
        (at, 100.0 * hour.service_level) for at, hour in enumerate(hours) if hour.service_level is not None
    ]
    levels.plot([at for at, _ in known], [level for _, level in known], color="darkgreen", marker="o")
    levels.set(ylabel="service level, %", ylim=(0, 102))
