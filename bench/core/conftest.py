"""Tables that are printed when everything is measured."""

from dataclasses import dataclass, field

import pytest


@dataclass(slots=True)
class Report:
    """Lines by heading, in the order in which they were added."""

    sections: dict[str, list[str]] = field(default_factory=dict)

    def say(self, heading: str, line: str) -> None:
        self.sections.setdefault(heading, []).append(line)


_REPORT = pytest.StashKey[Report]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_REPORT] = Report()


@pytest.fixture(scope="session")
def report(pytestconfig: pytest.Config) -> Report:
    return pytestconfig.stash[_REPORT]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for heading, lines in config.stash[_REPORT].sections.items():
        terminalreporter.section(heading)
        for line in lines:
            terminalreporter.write_line(line)
