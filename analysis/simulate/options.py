"""The options of `switchroom simulate`. Nothing of the core is loaded before the command runs."""

from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

_TRAFFIC, _AGENTS, _OUTPUT = "Callers", "Agents and queue", "Output"


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for, as it was typed."""

    agents: str
    calls_per_hour: float | None
    aht: float | None
    patience: str
    threshold: float | None
    calls: int
    strategy: str | None
    seed: int
    arrivals: str | None
    service: str | None
    patience_kind: str
    cv: float
    wrap_up: float | None
    answer_delay: float
    ring_timeout: float | None
    max_wait: float | None
    max_waiting: int | None
    shifts: Path | None
    warm_up: int | None
    from_logs: str | None
    start: datetime | None
    end: datetime | None
    json: bool
    chart: Path | None


def simulate(
    agents: Annotated[
        str, typer.Option(help="How many; several to compare: 10,12,14 or 10-14.", rich_help_panel=_AGENTS)
    ] = "",
    calls_per_hour: Annotated[
        float | None, typer.Option(help="Mean number of calls in an hour.", rich_help_panel=_TRAFFIC)
    ] = None,
    aht: Annotated[
        float | None, typer.Option(help="Mean seconds of talk and wrap-up.", rich_help_panel=_TRAFFIC)
    ] = None,
    patience: Annotated[
        str,
        typer.Option(
            help="Mean seconds after which a caller gives up; `logs`; left out: never.",
            rich_help_panel=_TRAFFIC,
        ),
    ] = "",
    threshold: Annotated[
        float | None, typer.Option(help="Seconds, for the service level.  [default: 20]", min=0)
    ] = None,
    calls: Annotated[int, typer.Option(help="How many calls.", min=1, max=100_000_000)] = 10_000,
    strategy: Annotated[
        str | None, typer.Option(help="Such as longest-idle, ring-all ...", rich_help_panel=_AGENTS)
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same result.")] = 1,
    arrivals: Annotated[
        str | None,
        typer.Option(
            help="poisson, constant, by-hour, logs, or a file of 24 or 168 rates (calls per hour).",
            rich_help_panel=_TRAFFIC,
        ),
    ] = None,
    service: Annotated[
        str | None,
        typer.Option(help="Talks: exponential, lognormal, constant or logs.", rich_help_panel=_TRAFFIC),
    ] = None,
    patience_kind: Annotated[
        str, typer.Option(help="exponential, lognormal or constant.", rich_help_panel=_TRAFFIC)
    ] = "exponential",
    cv: Annotated[
        float,
        typer.Option(help="Standard deviation / mean of what is lognormal.", rich_help_panel=_TRAFFIC),
    ] = 1.0,
    wrap_up: Annotated[
        float | None, typer.Option(help="Seconds after each call.", min=0, rich_help_panel=_AGENTS)
    ] = None,
    answer_delay: Annotated[
        float, typer.Option(help="Seconds that a phone rings.", min=0, rich_help_panel=_AGENTS)
    ] = 0.0,
    ring_timeout: Annotated[
        float | None, typer.Option(help="Seconds until the next agent is rung.", rich_help_panel=_AGENTS)
    ] = None,
    max_wait: Annotated[
        float | None, typer.Option(help="Seconds; then the caller is sent away.", rich_help_panel=_AGENTS)
    ] = None,
    max_waiting: Annotated[
        int | None, typer.Option(help="More callers are turned away.", rich_help_panel=_AGENTS)
    ] = None,
    shifts: Annotated[
        Path | None,
        typer.Option(
            help="CSV: `agent,from,to` or `from,agents`; see docs/simulation.md.",
            exists=True,
            dir_okay=False,
            rich_help_panel=_AGENTS,
        ),
    ] = None,
    warm_up: Annotated[
        int | None, typer.Option(help="Calls before those that are measured.  [default: by the load]", min=0)
    ] = None,
    from_logs: Annotated[
        str | None,
        typer.Option(
            help="A queue's id or name: its settings, and its call logs for what is left out.",
            rich_help_panel=_TRAFFIC,
        ),
    ] = None,
    start: Annotated[
        datetime | None,
        typer.Option(
            "--from", help="First day of the logs.  [default: 4 weeks ago]", rich_help_panel=_TRAFFIC
        ),
    ] = None,
    end: Annotated[
        datetime | None,
        typer.Option("--to", help="Day after the last.  [default: today]", rich_help_panel=_TRAFFIC),
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="Print figures only.", rich_help_panel=_OUTPUT)
    ] = False,
    chart: Annotated[
        Path | None, typer.Option(help="A PNG to draw.", dir_okay=False, rich_help_panel=_OUTPUT)
    ] = None,
) -> None:
    """Simulate a queue: the routing core itself, with made-up or logged callers, under a virtual clock."""
    options = Options(
        agents=agents,
        calls_per_hour=calls_per_hour,
        aht=aht,
        patience=patience,
        threshold=threshold,
        calls=calls,
        strategy=strategy,
        seed=seed,
        arrivals=arrivals,
        service=service,
        patience_kind=patience_kind,
        cv=cv,
        wrap_up=wrap_up,
        answer_delay=answer_delay,
        ring_timeout=ring_timeout,
        max_wait=max_wait,
        max_waiting=max_waiting,
        shifts=shifts,
        warm_up=warm_up,
        from_logs=from_logs,
        start=start,
        end=end,
        json=json,
        chart=chart,
    )
    command = import_module("analysis.simulate.command")
    raise typer.Exit(command.run(Console(), Console(stderr=True), options))
