"""Writes docs/api-coverage.md from a whole test run: `pytest --api-coverage`, which `make test` does."""

from collections.abc import Generator

import pytest

OUTCOMES = "switchroom/api-coverage"
"""In pytest's cache: operation -> test -> outcome. A second run of what failed corrects the first."""
_found: dict[str, dict[str, str]] = {}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--api-coverage", action="store_true", help="write docs/api-coverage.md at the end")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note in the report which operations the test drives: only the report goes to the main process."""
    report = yield
    for mark in item.iter_markers("operation"):
        report.user_properties += [("operation", name) for name in mark.args]
    return report


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when == "call" or report.outcome != "passed":
        for kind, name in report.user_properties:
            if kind == "operation":
                _found.setdefault(str(name), {})[report.nodeid] = report.outcome


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    config = session.config
    if hasattr(config, "workerinput") or not config.getoption("--api-coverage") or config.cache is None:
        return
    if exitstatus not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        return  # the run was broken off: it says nothing of the tests that it did not reach
    from tests.contract.document import OPERATIONS  # it makes the app, which most runs do not need
    from tests.contract.operations import PAGE, page, spelled

    again = config.getoption("--last-failed")
    outcomes: dict[str, dict[str, str]] = config.cache.get(OUTCOMES, {}) if again else {}
    for name, tests in _found.items():
        outcomes.setdefault(name, {}).update(tests)
    config.cache.set(OUTCOMES, outcomes)
    built = {(operation.method, spelled(operation.route.path_format)) for operation in OPERATIONS}
    PAGE.write_text(page(outcomes, built))
