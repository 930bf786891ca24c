"""Which tests stay together when pytest runs on several workers, and in what order they start.

Tests of one group run on one worker, one after the other: their costly session fixture starts once. All others go by
module, so that a worker that has ended its group takes what is left, a module at a time.
"""

import pytest

COSTLY = (
    ("tests/e2e/", "two_nodes"),
    ("tests/e2e/", "system"),
    ("tests/pbx/asterisk/", "asterisk"),
    ("tests/asterisk/", "asterisk"),
)
"""(folder, its session fixture), the longest group first: the short ones fill what is left at the end."""


def rank(item: pytest.Item) -> int:
    """The place of the item's group: one of `COSTLY`, or after them what needs servers, and pure tests at last."""
    path, fixtures = item.nodeid, getattr(item, "fixturenames", ())
    for place, (folder, fixture) in enumerate(COSTLY):
        if path.startswith(folder) and fixture in fixtures:
            return place
    return len(COSTLY) + (1 if item.get_closest_marker("unit") else 0)


def group(item: pytest.Item) -> str:
    place = rank(item)
    if place < len(COSTLY):
        folder, fixture = COSTLY[place]
        return f"{folder.split('/', 1)[1].strip('/')}:{fixture}"
    return item.nodeid.split("::", 1)[0]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On a worker, before xdist looks: names each test's group for `--dist loadgroup`, and sorts the groups by rank."""
    if not hasattr(config, "workerinput"):
        return
    for item in items:
        item.add_marker(pytest.mark.xdist_group(group(item)))
    items.sort(key=rank)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Shows the names of tests without the group that `loadgroup` appends: as pytest takes them, and `--lf` too."""
    name, at, after = report.nodeid.rpartition("@")
    if at and "]" not in after:
        report.nodeid = name
