"""`switchroom simulate`: run what was asked for, print a table or JSON, and draw charts."""

import json
from collections.abc import Sequence
from dataclasses import replace

from rich.console import Console

from analysis.simulate.options import Options
from analysis.simulate.plan_from_options import agent_counts, plan_of
from analysis.simulate.processes import simulate_shown
from analysis.simulate.run import Run
from analysis.simulate.tables import chart, table
from routing.simulation import Plan, PlanError, scenario_of
from routing.simulation.plan import theory

OK, REFUSED = 0, 2


def run(console: Console, errors: Console, options: Options) -> int:
    """Run what was asked for and print it. Return the exit status. It is 2, and the reason is printed, if there can be
    no such simulation."""
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
    """Print one object of figures; for several staffs a list of such objects, each with its `agents`."""
    if len(runs) == 1:
        text = json.dumps(runs[0].result.figures())
    else:
        text = json.dumps([{"agents": int(each.agents), **each.result.figures()} for each in runs])
    console.print(text, highlight=False, markup=False, soft_wrap=True)


def _run_all(errors: Console, plan: Plan, counts: Sequence[int], *, quiet: bool) -> list[Run]:
    staffs = [replace(plan, agents=count) for count in counts]
    scenarios = [scenario_of(staff) for staff in staffs]
    names = ["shifts" if staff.shifts or staff.counts else str(staff.agents) for staff in staffs]
    totals = [
        plan.calls if scenario.calls is None else scenario.calls + scenario.warm_up for scenario in scenarios
    ]
    results = simulate_shown(errors, list(zip(names, scenarios, totals, strict=True)), plan.seed, quiet=quiet)
    return [
        Run(name, result, theory(staff), daily=scenario.calls is None)
        for name, result, staff, scenario in zip(names, results, staffs, scenarios, strict=True)
    ]
