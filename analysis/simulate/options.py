"""The options of `switchroom simulate`. Each is declared once: the command's parameters are made from these fields.

Nothing of the core is loaded for them, so that `switchroom --help` is quick.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer


def _option(panel: str | None, help: str, *names: str, **more: Any) -> Any:
    return typer.Option(*names, help=help, rich_help_panel=panel, **more)


_CALLERS, _AGENTS, _OUTPUT = "Callers", "Agents and queue", "Output"


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for, as it was typed."""

    agents: Annotated[str, _option(_AGENTS, "How many; several to compare: 10,12,14 or 10-14.")] = ""
    calls_per_hour: Annotated[float | None, _option(_CALLERS, "Mean number of calls in an hour.")] = None
    aht: Annotated[float | None, _option(_CALLERS, "Mean seconds of talk and wrap-up.")] = None
    patience: Annotated[
        str, _option(_CALLERS, "Mean seconds after which a caller gives up; `logs`; left out: never.")
    ] = ""
    threshold: Annotated[
        float | None, _option(None, "Seconds, for the service level.  [default: 20]", min=0)
    ] = None
    calls: Annotated[int, _option(None, "How many calls.", min=1, max=100_000_000)] = 10_000
    strategy: Annotated[str | None, _option(_AGENTS, "Such as longest-idle, ring-all ...")] = None
    seed: Annotated[int, _option(None, "The same seed gives the same result.")] = 1
    arrivals: Annotated[
        str | None,
        _option(_CALLERS, "poisson, constant, by-hour, logs, or a file of 24 or 168 rates (calls per hour)."),
    ] = None
    service: Annotated[str | None, _option(_CALLERS, "Talks: exponential, lognormal, constant or logs.")] = (
        None
    )
    patience_kind: Annotated[str, _option(_CALLERS, "exponential, lognormal or constant.")] = "exponential"
    cv: Annotated[float, _option(_CALLERS, "Standard deviation / mean of what is lognormal.")] = 1.0
    wrap_up: Annotated[float | None, _option(_AGENTS, "Seconds after each call.", min=0)] = None
    answer_delay: Annotated[float, _option(_AGENTS, "Seconds that a phone rings.", min=0)] = 0.0
    ring_timeout: Annotated[float | None, _option(_AGENTS, "Seconds until the next agent is rung.")] = None
    max_wait: Annotated[float | None, _option(_AGENTS, "Seconds; then the caller is sent away.")] = None
    max_waiting: Annotated[int | None, _option(_AGENTS, "More callers are turned away.")] = None
    shifts: Annotated[
        Path | None,
        _option(
            _AGENTS,
            "CSV: `agent,from,to` or `from,agents`; see docs/simulation.md.",
            exists=True,
            dir_okay=False,
        ),
    ] = None
    warm_up: Annotated[
        int | None, _option(None, "Calls before those that are measured.  [default: by the load]", min=0)
    ] = None
    from_logs: Annotated[
        str | None,
        _option(_CALLERS, "A queue's id or name: its settings, and its call logs for what is left out."),
    ] = None
    start: Annotated[
        datetime | None,
        _option(_CALLERS, "First day of the logs.  [default: 4 weeks ago]", "--from"),
    ] = None
    end: Annotated[datetime | None, _option(_CALLERS, "Day after the last.  [default: today]", "--to")] = None
    json: Annotated[bool, _option(_OUTPUT, "Print figures only.", "--json")] = False
    chart: Annotated[Path | None, _option(_OUTPUT, "A PNG to draw.", dir_okay=False)] = None
