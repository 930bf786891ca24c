"""`switchroom simulate`: runs what was asked for and prints a table, or JSON, and draws charts."""

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from analysis.simulate.options import Options
from analysis.simulate.plan_from_options import agent_counts, plan_of
from analysis.simulate.run import Run
from analysis.simulate.tables import chart, table
from routing.simulation import Plan, PlanError, scenario_of, simulate
from routing.simulation.plan import theory

OK, REFUSED = 0, 2


def run(console: Console, errors: Console, options: Options) -> int:
    """The exit status: 2, with the reason told, if no such simulation can be."""
    try:
        plan = plan_of(options)
        counts = agent_counts(options, plan)
        if options.chart and options.chart.suffix.lower() != ".png":
            raise PlanError("chart", "the file's name must end in .png")
        runs = _run_all(errors, plan, counts, quiet=options.json)
    except PlanError as error:
        errors.print(f"--{error.field.replace('_', '-')}: {error.problem}", style="red", highlight=False)
        return REFUSED
    if options.json:
        print_json(console, runs)
    else:
        console.print(table(runs))
        console.print(chart(runs))
    if options.chart:
        from analysis.simulate.charts import draw

        draw(options.chart, runs)
        if not options.json:
            console.print(f"Drawn: {options.chart}", highlight=False, soft_wrap=True)
    return OK


def print_json(console: Console, runs: Sequence[Run]) -> None:
    """One object of figures; for several staffs a list of them, each with its `agents`."""
    if len(runs) == 1:
        text = json.dumps(runs[0].result.figures())
    else:
        text = json.dumps([{"agents": int(each.agents), **each.result.figures()} for each in runs])
    console.print(text, highlight=False, markup=False, soft_wrap=True)


def _advance(progress: Progress, task: TaskID, entered: int) -> None:
    progress.update(task, completed=entered)


def _run_all(errors: Console, plan: Plan, counts: Sequence[int], *, quiet: bool) -> list[Run]:
    staffs = [replace(plan, agents=count) for count in counts]
    scenarios = [scenario_of(staff) for staff in staffs]
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    runs = []
    with Progress(*columns, console=errors, transient=True, disable=quiet) as progress:
        for staff, scenario in zip(staffs, scenarios, strict=True):
            name = "shifts" if staff.shifts or staff.counts else str(staff.agents)
            total = plan.calls if scenario.calls is None else scenario.calls + scenario.warm_up
            task = progress.add_task(f"Simulating ({name})", total=total)
            result = simulate(scenario, plan.seed, partial(_advance, progress, task))
            progress.update(task, completed=total)
            runs.append(Run(name, result, theory(staff), daily=scenario.calls is None))
    return runs
