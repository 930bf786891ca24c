"""The groups of tests that stay on one worker, and the order in which groups start.

Tests of one group run on one worker, one after the other, so that their slow session fixture starts once. The
other tests are grouped by module. A worker that has finished a group takes the next one that is left.

The groups drive phones. They mostly wait, and are late when the processors are busy. So two workers at most run
groups. A third one runs modules beside them, with a lower priority.
"""

import os
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

from switchroom import garbage

GROUPS = {
    "tests/e2e/test_console": "one system",
    "tests/e2e/test_least_privilege.py": "one system",
    "tests/e2e/test_main_job.py": "one system",
    "tests/e2e/test_overload.py": "one system",
    "tests/e2e/test_replay.py": "one system",
    "tests/e2e/test_survival.py": "one system",
    "tests/e2e/": "two nodes",
    "tests/pbx/asterisk/": "the engine's Asterisk",
    "tests/asterisk/": "an Asterisk",
}
"""Start of a test's path -> its group. The first that matches counts."""
ORDER = ("two nodes", "one system", "the engine's Asterisk", "an Asterisk")
"""The longest groups start first. Short groups and modules fill the time that is left at the end."""
AT_ONCE = 2
"""How many workers may run groups of `ORDER` at the same time, while there are modules for the others."""
FIXTURES = {"two_nodes": "two nodes", "system": "one system"}
"""Slow session fixture -> the only group that may use it."""


def group(nodeid: str) -> str:
    """Return the group of the test with this name: one of `GROUPS`, or its module."""
    return next((name for path, name in GROUPS.items() if nodeid.startswith(path)), nodeid.split("::", 1)[0])


def rank(item: pytest.Item) -> int:
    """Return the place of the test in the order: groups first, then long tests and tests that need servers, then
    quick tests."""
    name = group(item.nodeid)
    if name in ORDER:
        return ORDER.index(name)
    quick = item.get_closest_marker("unit") and not item.get_closest_marker("long")
    return len(ORDER) + (1 if quick else 0)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        for fixture in FIXTURES.keys() & set(getattr(item, "fixturenames", ())):
            if group(item.nodeid) != FIXTURES[fixture]:
                raise pytest.UsageError(
                    f"{item.nodeid} uses `{fixture}`: name its module in tests/support/parallel.py, "
                    f"group {FIXTURES[fixture]!r}"
                )
    if hasattr(config, "workerinput"):
        items.sort(key=rank)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Lower the priority of the process when it runs modules while other workers may have phones."""
    if hasattr(item.config, "workerinput") and group(item.nodeid) not in ORDER and os.nice(0) == 0:
        os.nice(10)


def pytest_collection() -> None:
    """Collect no garbage meanwhile: the modules that are imported stay."""
    garbage.pause()


def pytest_collection_finish() -> None:
    """Take the collected tests out of the garbage collector's work: they are kept to the end."""
    garbage.freeze()


class Groups(LoadScopeScheduling):
    """Give groups to workers, one after the other, in the order of collection."""

    def _split_scope(self, nodeid: str) -> str:
        return group(nodeid)

    def _assign_work_unit(self, node: WorkerController) -> None:
        """Give the worker the first that is left, or the first module while enough others run groups."""
        running = sum(
            any(name in ORDER and not all(tests.values()) for name, tests in work.items())
            for other, work in self.assigned_work.items()
            if other is not node
        )
        module = next((name for name in self.workqueue if name not in ORDER), None)
        if running >= AT_ONCE and module is not None:
            self.workqueue.move_to_end(module, last=False)
        super()._assign_work_unit(node)

    def remove_node(self, node: WorkerController) -> str | None:
        """Remove a worker that died, and return the test during which it died. This test is not run again, because
        it could kill the next worker too."""
        work = self.assigned_work.pop(node)
        left = [(tests, name) for tests in work.values() for name, done in tests.items() if not done]
        if not left:
            return None
        tests, died_in = left[0]
        tests[died_in] = True
        self.workqueue.update({scope: tests for scope, tests in work.items() if not all(tests.values())})
        for other in self.assigned_work:
            self._reschedule(other)
        return died_in


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling | None:
    return Groups(config, log) if config.getoption("dist") == "loadscope" else None
