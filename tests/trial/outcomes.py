"""Which tests passed, and what follows for a row."""

from enum import StrEnum

import pytest

from tests.trial.row import Row


class Verdict(StrEnum):
    HOLDS = "holds"
    FAILED = "FAILED"
    SKIPPED = "skipped"
    """A test of the row cannot run on this machine, and says why. No other test of the row failed."""
    OPEN = "open"


class Outcomes:
    """A plugin of pytest that remembers which cases of tests passed, failed, or were skipped."""

    def __init__(self) -> None:
        self.passed: set[str] = set()
        self.failed: set[str] = set()
        self.skipped: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.add(report.nodeid)
        elif report.skipped:
            self.skipped.add(report.nodeid)
        elif report.when == "call":
            self.passed.add(report.nodeid)

    def tried_again(self, again: "Outcomes") -> None:
        """Forget the failures that passed in a second run."""
        passed = again.passed - again.failed
        self.passed |= passed
        self.failed -= passed

    def of_test(self, test: str) -> Verdict:
        """Return the verdict on all cases of a test. One that never ran has failed."""
        if test in _tests(self.failed):
            return Verdict.FAILED
        if test in _tests(self.passed):
            return Verdict.HOLDS
        return Verdict.SKIPPED if test in _tests(self.skipped) else Verdict.FAILED

    def of(self, row: Row) -> Verdict:
        """Return the worst verdict on the row's tests."""
        if not row.tests:
            return Verdict.OPEN
        found = {self.of_test(test) for test in row.tests}
        return next(
            verdict for verdict in (Verdict.FAILED, Verdict.SKIPPED, Verdict.HOLDS) if verdict in found
        )


def _tests(cases: set[str]) -> set[str]:
    """Return the names of the tests, without the parameters of the cases."""
    return {case.partition("[")[0] for case in cases}
