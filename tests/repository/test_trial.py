"""The rows of the trial: each names tests that are there, and the page is made of them."""

import re
from functools import cache
from pathlib import Path

import pytest

from tests.trial.__main__ import chosen, table
from tests.trial.outcomes import Outcomes, Verdict
from tests.trial.page import PAGE, page
from tests.trial.row import Row
from tests.trial.rows import KINDS

pytestmark = pytest.mark.unit

ROOT = Path(__file__).resolve().parents[2]
DEFINED = re.compile(r"(    )?(?:class|def|async def) (Test\w+|test_\w+)")
ROWS = [row for kind in KINDS for row in kind.rows]


@cache
def names_in(path: str) -> frozenset[str]:
    """Return the names of the tests in a file, as pytest prints them."""
    found, outer = set(), path
    for line in (ROOT / path).read_text().splitlines():
        if match := DEFINED.match(line):
            indent, name = match.groups()
            outer = outer if indent else path
            if name.startswith("Test"):
                outer = f"{path}::{name}"
            else:
                found.add(f"{outer}::{name}")
    return frozenset(found)


def test_the_page_is_current() -> None:
    assert PAGE.read_text() == page(), "run `make docs`"


def test_every_test_that_a_row_names_is_there() -> None:
    named = {test for row in ROWS for test in row.tests}
    assert sorted(test for test in named if test not in names_in(test.partition("::")[0])) == []


def test_a_row_without_tests_says_why() -> None:
    assert [row.does for row in ROWS if not row.tests and not row.open] == []
    assert [kind.name for kind in KINDS] == [f"K{number}" for number in range(1, len(KINDS) + 1)]


def report(case: str, outcome: str, when: str = "call") -> pytest.TestReport:
    return pytest.TestReport(case, (case, 0, case), {}, outcome, None, when)  # type: ignore[arg-type]


def test_a_row_holds_when_its_tests_pass() -> None:
    outcomes, again = Outcomes(), Outcomes()
    row = Row("x", "y", ("a.py::test_one", "a.py::test_two"))
    for case, outcome in (("a.py::test_one[1]", "passed"), ("a.py::test_one[2]", "skipped")):
        outcomes.pytest_runtest_logreport(report(case, outcome))
    assert outcomes.of(row) is Verdict.FAILED, "the second test has not run"
    outcomes.pytest_runtest_logreport(report("a.py::test_two[1]", "passed"))
    assert outcomes.of(row) is Verdict.HOLDS
    outcomes.pytest_runtest_logreport(report("a.py::test_two[2]", "failed", "setup"))
    assert outcomes.of(row) is Verdict.FAILED
    again.pytest_runtest_logreport(report("a.py::test_two[2]", "passed"))
    outcomes.tried_again(again)
    assert outcomes.of(row) is Verdict.HOLDS
    skipped = Row("x", "y", ("a.py::test_one", "a.py::test_three"))
    outcomes.pytest_runtest_logreport(report("a.py::test_three", "skipped", "setup"))
    assert outcomes.of(skipped) is Verdict.SKIPPED
    assert outcomes.of(Row("x", "y", (), "why")) is Verdict.OPEN


def test_kinds_are_chosen_by_name() -> None:
    assert [kind.name for kind in chosen(["k5", "K8"])] == ["K5", "K8"]
    assert len(chosen([])) == len(KINDS)
    assert table(KINDS[0], Outcomes()).row_count == len(KINDS[0].rows)
