"""`switchroom check-route`: walk every way through a route and report what is wrong with it, as a table or as JSON."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from models import route_check
from routing.routes.check import Report, Step, check_document, check_stored
from routing.routes.references import with_ids
from switchroom.ids import parse_id

COLOURS = {"error": "red", "warning": "yellow", "info": "cyan"}


class NoRoute(Exception):
    """The source is neither a file nor a route. The text says why."""


def check_route(console: Console, source: str, *, as_json: bool) -> int:
    """Print what is found. Return the exit status: 0, 1 (an error was found) or 2 (there is nothing to check)."""
    try:
        report = report_of(source)
    except NoRoute as problem:
        console.print(escape(str(problem)), style="red", highlight=False)
        return 2
    if as_json:
        console.print_json(json.dumps(_plain(report)))
    else:
        _print(console, report)
    return 1 if report.failed else 0


def report_of(source: str) -> Report:
    """Return the report on a JSON file, or on a route of the database by its id. Raises NoRoute."""
    path, at = Path(source), datetime.now(UTC)
    if path.exists():
        try:
            document = json.loads(path.read_text())
        except (OSError, ValueError) as error:
            raise NoRoute(f"{source}: {error}") from error
        return check_document(_document(document), at=at)
    id = parse_id(source)
    stored = None if id is None else route_check.route_to_check(id)
    if stored is None:
        raise NoRoute(f"{source} is no file, and no route of the database")
    return check_stored(
        stored.id,
        stored.documents,
        at=at,
        known=stored.known,
        max_wait=stored.max_wait,
        overflows=stored.overflows,
        numbers=stored.numbers,
        forwards=stored.forwards,
    )


def _document(value: Any) -> Any:
    """Return the document of a route as the API shows it, or a bare document, with ids in any spelling."""
    if isinstance(value, dict):
        value = {key: value[key] for key in ("name", "entry", "blocks") if key in value} or value
    if isinstance(value, dict) and "blocks" in value:
        value["blocks"] = with_ids(value["blocks"], lambda kind, id: parse_id(id) or id)
    return value


def _plain(report: Report) -> dict[str, Any]:
    """Return `{ok, longest_wait, longest_way, longest_digits, longest_at, blocks, states, findings}`. Times are in ISO
    8601, waits in seconds; a wait without limit is null."""

    def time(at: datetime | None) -> str | None:
        return None if at is None else at.isoformat()

    return {
        "ok": not report.failed,
        "longest_wait": report.longest,
        "longest_way": [asdict(step) for step in report.longest_steps],
        "longest_digits": report.longest_digits,
        "longest_at": time(report.longest_at),
        "blocks": report.blocks,
        "states": report.states,
        "findings": [{**asdict(finding), "at": time(finding.at)} for finding in report.findings],
    }


def _print(console: Console, report: Report) -> None:
    """Print a table of the whole, then a line for each finding."""
    if report.blocks:
        table = Table(show_header=False, box=None, pad_edge=False)
        longest = (
            "no limit" if report.longest is None else f"{report.longest:g} s, without the length of sounds"
        )
        table.add_row("blocks", str(report.blocks))
        table.add_row("states walked", str(report.states))
        table.add_row("longest wait", longest)
        way = _way(report.longest_steps, report.longest_digits, report.longest_at)
        table.add_row("on this way", escape(way) or "-")
        table.add_row("findings", str(len(report.findings)))
        console.print(table)
    for finding in report.findings:
        line = f"[{COLOURS[finding.severity]}]{finding.severity}[/] {escape(finding.block or 'the route')}: "
        way = _way(finding.steps, finding.digits, finding.at)
        console.print(
            line + escape(finding.message + (f" — {way}" if way else "")), soft_wrap=True, highlight=False
        )


def _way(steps: Iterable[Step], digits: str, at: datetime | None) -> str:
    """Return `menu: 1 is pressed → sales: no agent answers for 60 s (digits 1; 2026-01-05 14:00 UTC)`."""
    told = " → ".join(f"{step.block}: {step.lead}" for step in steps)
    more = "; ".join(
        part
        for part in (f"digits {digits}" if digits else "", f"{at:%Y-%m-%d %H:%M} UTC" if at else "")
        if part
    )
    return f"{told} ({more})" if more else told
