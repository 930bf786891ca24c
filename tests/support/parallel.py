"""Which tests stay together when pytest runs on several workers, and in what order they start.

Tests of one group run on one worker, one after the other: their costly session fixture starts once. All others go by
module, so that a worker that has ended its group takes what is left, a module at a time.

The groups drive telephones. They mostly wait, and are late when the processors are busy: so two workers at most run
groups, a third runs modules beside them, and modules give way.
"""

import gc
import os
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

GROUPS = {
    "tests/e2e/test_main_job.py": "one system",
    "tests/e2e/test_replay.py": "one system",
    "tests/e2e/test_survival.py": "one system",
    "tests/e2e/": "two nodes",
    "tests/pbx/asterisk/": "the engine's Asterisk",
    "tests/asterisk/": "an Asterisk",
}
"""Start of a test's path -> its group; the first that fits counts."""
ORDER = ("two nodes", "one system", "the engine's Asterisk", "an Asterisk")
"""The longest groups start first: the short ones and the modules fill what is left at the end."""
AT_ONCE = 2
"""How many workers may run groups of `ORDER` at the same time, while there are modules for the others."""
FIXTURES = {"two_nodes": "two nodes", "system": "one system"}
"""Costly session fixture -> the only group that may ask for it."""


def group(nodeid: str) -> str:
    """The group of the test with this name: one of `GROUPS`, or its module."""
    return next((name for path, name in GROUPS.items() if nodeid.startswith(path)), nodeid.split("::", 1)[0])


def rank(item: pytest.Item) -> int:
    """Groups first, then long tests and what needs servers, and quick tests at last."""
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
    """On several workers, what drives no telephone gives way to the other workers' telephones."""
    if hasattr(item.config, "workerinput") and group(item.nodeid) not in ORDER and os.nice(0) == 0:
        os.nice(10)


def pytest_collection_finish() -> None:
    """Spare the garbage collector what the collected tests keep for ever."""
    gc.collect()
    gc.freeze()


class Groups(LoadScopeScheduling):
    """Gives workers one group after the other, in the order of collection."""

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
        """Of a worker that is gone: the test that it died in, which is not run again, to kill the next worker too."""
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
