"""Which tests passed, and what follows for a row."""

from enum import StrEnum

import pytest

from tests.trial.row import Row


class Verdict(StrEnum):
    HOLDS = "holds"
    FAILED = "FAILED"
    OPEN = "open"


class Outcomes:
    """A plugin of pytest that remembers the cases which passed, and those which failed."""

    def __init__(self) -> None:
        self.passed: set[str] = set()
        self.failed: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.add(report.nodeid)
        elif report.passed and report.when == "call":
            self.passed.add(report.nodeid)

    def tried_again(self, again: "Outcomes") -> None:
        """Forget the failures that passed in a second run."""
        self.passed |= again.passed - again.failed
        self.failed -= again.passed - again.failed

    def holds(self, test: str) -> bool:
        """Say whether a case of the test passed and none failed."""
        return test in {_test(case) for case in self.passed} - {_test(case) for case in self.failed}

    def of(self, row: Row) -> Verdict:
        if not row.tests:
            return Verdict.OPEN
        return Verdict.HOLDS if all(map(self.holds, row.tests)) else Verdict.FAILED


def _test(case: str) -> str:
    """Return the name of the test, without the parameters of the case."""
    return case.partition("[")[0]
