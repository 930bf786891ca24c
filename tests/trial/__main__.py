"""Replay the trial on real servers: `make trial`, or `make trial ARGS="K5 K8"` for some kinds."""

from typing import Annotated

import pytest
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tests.trial.outcomes import Outcomes, Verdict
from tests.trial.row import Kind, Row
from tests.trial.rows import KINDS

COLOURS = {
    Verdict.HOLDS: "green",
    Verdict.FAILED: "bold red",
    Verdict.SKIPPED: "yellow",
    Verdict.OPEN: "yellow",
}
app = typer.Typer(add_completion=False)


@app.command()
def trial(
    names: Annotated[list[str] | None, typer.Argument(help="Kinds, for example K5. None: all.")] = None,
    workers: Annotated[int, typer.Option(help="Processes of pytest.")] = 3,
) -> None:
    """Run the tests of all rows, then say for each row whether it holds."""
    kinds = chosen(names or [])
    outcomes = Outcomes()
    run(workers, sorted({test for kind in kinds for row in kind.rows for test in row.tests}), outcomes)
    if outcomes.failed:
        typer.echo("==> Once more, alone: what failed beside other tests")
        again = Outcomes()
        run(0, sorted(outcomes.failed), again)
        outcomes.tried_again(again)
    console = Console()
    for kind in kinds:
        console.print(table(kind, outcomes))
    verdicts = [outcomes.of(row) for kind in kinds for row in kind.rows]
    console.print(", ".join(f"{verdicts.count(verdict)} {verdict}" for verdict in Verdict))
    raise typer.Exit(Verdict.FAILED in verdicts)


def chosen(names: list[str]) -> list[Kind]:
    """Return the kinds with these names, or all. Raise BadParameter if there is no such kind."""
    known = {kind.name: kind for kind in KINDS}
    for name in names:
        if name.upper() not in known:
            raise typer.BadParameter(f"there is no kind {name}: {', '.join(known)}")
    return [known[name.upper()] for name in names] or list(KINDS)


def run(workers: int, tests: list[str], outcomes: Outcomes) -> None:
    """Run the tests. Exit with pytest's code if it could not run them."""
    if not tests:
        return
    code = pytest.main(["-n", str(workers), *tests], plugins=[outcomes])
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        raise typer.Exit(code)


def table(kind: Kind, outcomes: Outcomes) -> Table:
    made = Table(title=f"{kind.name} {kind.title}", title_justify="left", expand=True)
    for title in ("what one does", "verdict", "tests"):
        made.add_column(title, ratio=1 if title == "what one does" else None)
    for row in kind.rows:
        verdict = outcomes.of(row)
        made.add_row(told(row, outcomes), f"[{COLOURS[verdict]}]{verdict}[/]", str(len(row.tests)))
    return made


def told(row: Row, outcomes: Outcomes) -> str:
    """Return what the row is about, with the tests that do not hold or the reason why it has none."""
    wrong = [test for test in row.tests if outcomes.of_test(test) is not Verdict.HOLDS]
    return escape("\n".join([row.does, *wrong, *([row.open] if not row.tests else [])]))


if __name__ == "__main__":
    app()
