"""`switchroom what-if`: serve the calls of a recorded run with another strategy, other skills or other agents."""

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from analysis.replay.queue_history import QueueHistory, observe
from analysis.replay.replayer import Replay
from analysis.replay.segment import UnreadableSegment
from analysis.simulate.processes import simulate_shown
from routing.config import Strategy
from routing.ids import QueueId
from routing.simulation.scenario import Scenario
from routing.simulation.shifts import Shift
from routing.simulation.stats import Result
from routing.simulation.trace import Trace, scenario_of_trace

BAD_OPTION = 2
AS_RECORDED = "recorded"
WIDTH = 120
"""The width of a table that is not printed to a terminal, in characters."""


class BadOption(ValueError):
    """An option cannot be used. The text is a sentence that says which one, and why."""


@dataclass(frozen=True, slots=True)
class Options:
    """The alternatives as they were typed: `strategies`, `agents` (`recorded`, `+2`, `-1`, `12`) and `skills`
    (`recorded`, `none`, `german=3`). All combinations are run."""

    strategies: tuple[str, ...] = (AS_RECORDED,)
    agents: tuple[str, ...] = (AS_RECORDED,)
    skills: tuple[str, ...] = (AS_RECORDED,)
    queue: str = ""
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the answer. `simulated` is False for what really happened."""

    simulated: bool
    strategy: str
    agents: str
    skills: str
    result: Result


def what_if(console: Console, paths: Sequence[Path], options: Options, *, as_json: bool = False) -> int:
    """Print the figures of every alternative beside the recorded ones. Return the exit status."""
    try:
        run = Replay.of(paths)
        histories = chosen(observe(run), options.queue)
        answer = {id: (history, rows(history, options, quiet=as_json)) for id, history in histories.items()}
    except (UnreadableSegment, BadOption) as error:
        console.print(str(error), style="red", highlight=False, soft_wrap=True)
        return BAD_OPTION
    if as_json:
        queues = [_as_json(id, history, found) for id, (history, found) in answer.items()]
        console.print_json(json.dumps({"notices": run.notices, "queues": queues}))
        return 0
    for sentence in run.notices:
        console.print(sentence, style="yellow", highlight=False, soft_wrap=True)
    for history, found in answer.values():
        console.print(_table(history, found), width=None if console.is_terminal else WIDTH, crop=False)
    return 0


def chosen(histories: Any, queue: str) -> dict[QueueId, QueueHistory]:
    """Return the queues that are asked for, by the id, its first characters, or the name. Raises BadOption if there are
    none."""
    found = {
        id: history
        for id, history in histories.items()
        if not queue or id.startswith(queue) or history.config.name == queue
    }
    if not found:
        known = ", ".join(f"{history.config.name} ({id})" for id, history in histories.items()) or "none"
        raise BadOption(
            f"No queue {queue} had calls. Queues that had calls: {known}.".replace("queue  ", "queue ")
        )
    return found


def rows(history: QueueHistory, options: Options, *, quiet: bool = True) -> list[Row]:
    """Return what really happened, then every alternative. The first alternative changes nothing: it shows the error of
    the model itself. Unless `quiet`, bars on standard error show how far the simulations are."""
    trace = history.trace()
    staff = str(len(history.agents))
    recorded = Row(False, str(history.config.strategy), staff, AS_RECORDED, history.recorded())
    combinations = list(product(options.strategies, options.agents, options.skills))
    baseline = (AS_RECORDED,) * 3
    named: list[tuple[str, Scenario, int]] = []
    labels: list[tuple[str, str, str]] = []
    for strategy, agents, skills in [baseline, *(c for c in combinations if c != baseline)]:
        changed = with_skills(with_agents(trace, agents), skills)
        wanted = None if strategy == AS_RECORDED else _strategy(strategy)
        shown = str(wanted or history.config.strategy)
        scenario = _scenario(changed, wanted, options)
        labels.append((shown, str(len({shift.agent for shift in changed.agents})), skills))
        named.append((", ".join(labels[-1]), scenario, len(trace.arrivals)))
    results = simulate_shown(Console(stderr=True), named, options.seed, quiet=quiet)
    return [recorded, *(Row(True, *label, result) for label, result in zip(labels, results, strict=True))]


def _scenario(trace: Trace, strategy: Strategy | None, options: Options) -> Scenario:
    try:
        return scenario_of_trace(trace, strategy, seed=options.seed)
    except ValueError as error:
        raise BadOption(f"This cannot be simulated: {error}.") from error


def _strategy(name: str) -> Strategy:
    try:
        return Strategy(name)
    except ValueError:
        raise BadOption(f"There is no strategy {name}. The strategies are {', '.join(Strategy)}.") from None


def with_agents(trace: Trace, wanted: str) -> Trace:
    """Return the trace with other agents. Raises BadOption.

    `+2`: two more, who work from the start of the first shift to the end of the last. `-1`: without the one who served
    least. `12`: so many, from the start of the first shift to the end of the last."""
    if wanted == AS_RECORDED:
        return trace
    try:
        number = int(wanted)
    except ValueError:
        raise BadOption(f"--agents takes +2, -1, 12 or {AS_RECORDED}, not {wanted}.") from None
    known = len({shift.agent for shift in trace.agents})
    if wanted[0] not in "+-":
        return replace(trace, agents=_all_day(trace, range(number))) if number > 0 else _no_agents()
    if number < 0:
        left = tuple(shift for shift in trace.agents if shift.agent < known + number)
        return replace(trace, agents=left) if left else _no_agents()
    return replace(trace, agents=trace.agents + _all_day(trace, range(known, known + number)))


def _no_agents() -> Trace:
    raise BadOption("--agents leaves no agent who answers.")


def _all_day(trace: Trace, numbers: Iterable[int]) -> tuple[Shift, ...]:
    begin = min((shift.start for shift in trace.agents), default=0.0)
    end = max((shift.end for shift in trace.agents), default=math.inf)
    return tuple(Shift(number, begin, end) for number in numbers)


def with_skills(trace: Trace, wanted: str) -> Trace:
    """Return the trace with other skills. Raises BadOption.

    `none`: calls need no skill. `german=3`: every agent has the skill, at this level at least."""
    if wanted == AS_RECORDED:
        return trace
    if wanted == "none":
        return replace(trace, skills=None)
    name, _, level = wanted.partition("=")
    if not name or not (level or "1").isdigit() or not 1 <= int(level or "1") <= 100:
        raise BadOption(f"--skills takes {AS_RECORDED}, none, or a skill such as german=3, not {wanted}.")
    count = max((shift.agent for shift in trace.agents), default=-1) + 1
    known = [*(trace.skills or ()), *[()] * count][:count]
    return replace(trace, skills=tuple(_taught(dict(skills), name, int(level or "1")) for skills in known))


def _taught(skills: dict[str, int], name: str, level: int) -> tuple[tuple[str, int], ...]:
    return tuple({**skills, name: max(level, skills.get(name, 0))}.items())


def _table(history: QueueHistory, found: list[Row]) -> Table:
    """Return a table. It is at most 80 characters wide unless skills are compared."""
    hours, threshold = (history.ended - history.began) / 3600, history.config.call_service_good
    title = (
        f"{history.config.name}: {len(history.visits)} calls in {hours:.1f} h; served within {threshold:g} s"
    )
    table = Table(title=title, box=None, padding=(0, 1, 0, 0))
    skilled = any(row.skills != AS_RECORDED for row in found)
    left, right = (
        ["", "strategy", *["skills"] * skilled],
        ["agents", "served", "ASA", "abandoned", "occupancy", "waited"],
    )
    for column in left:
        table.add_column(column, no_wrap=True)
    for column in right:
        table.add_column(column, justify="right", no_wrap=True)
    for row in found:
        figures, kind = row.result, "simulated" if row.simulated else "recorded"
        table.add_row(
            *[kind, row.strategy, *[row.skills] * skilled, row.agents],
            _share(figures.service_level),
            "-" if figures.asa is None else f"{figures.asa:.1f} s",
            _share(figures.abandonment),
            _share(figures.occupancy),
            _share(figures.p_wait),
        )
    return table


def _share(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f} %"


def _as_json(id: QueueId, history: QueueHistory, found: list[Row]) -> dict[str, Any]:
    return {
        "queue": id,
        "name": history.config.name,
        "began": history.began,
        "ended": history.ended,
        "threshold": history.config.call_service_good,
        "runs": [
            {
                "simulated": row.simulated,
                "strategy": row.strategy,
                "agents": int(row.agents),
                "skills": row.skills,
                **row.result.figures(),
            }
            for row in found
        ],
    }
