"""`switchroom simulate` as typer sees it. What it does is loaded when it runs."""

import inspect
from typing import Any, cast

import typer
from rich.console import Console

from analysis.simulate.options import Options


def simulate(**options: Any) -> None:
    """Simulate a queue: the routing core itself, with made-up or logged callers, under a virtual clock."""
    from analysis.simulate.report import run

    raise typer.Exit(run(Console(), Console(stderr=True), Options(**options)))


cast(Any, simulate).__signature__ = inspect.signature(Options)
