"""One whole Switchroom for the session's end-to-end tests."""

from collections.abc import Iterator

import pytest

from tests.support.e2e.sources import Sources, sources_here
from tests.support.e2e.system import System
from tests.support.e2e.two_nodes import TwoNodes


def personal_data(system: System) -> list[str]:
    """Return the lines of our processes' logs that contain a caller's number or a called number."""
    ours = {
        name: text
        for name, text in system.logs().items()
        if name.split(".")[0] not in ("asterisk", "redis", "s3")
    }
    numbers = ("4165550", "4165559999")
    return [
        f"{name}: {line[:300]}"
        for name, text in ours.items()
        for line in text.splitlines()
        if any(number in line for number in numbers)
    ]


@pytest.fixture(scope="session")
def sources() -> Iterator[Sources]:
    """Run the sources that channels of `system` are connected to."""
    with sources_here() as here:
        yield here


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory, sources: Sources) -> Iterator[System]:
    """Start `switchroom run` with the demo team. Tests make their own queues, numbers and agents."""
    running = System(tmp_path_factory.mktemp("system"), **sources.environment)
    try:
        running.start()
        yield running
        dead = running.redis.xlen(running.keys.records + ":dead")
        assert running.stop() == 0
        assert dead == 0, "the record writer could not read some of the engine's records"
        assert personal_data(running) == [], "telephone numbers in the logs"
    finally:
        running.end()
        for name, text in running.logs().items():
            print(f"--- {name}\n{text[-3000:]}")
        print(f"--- run.log\n{running.log.read_text()[-3000:]}")


@pytest.fixture(scope="session")
def two_nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoNodes]:
    """Start nodes `a` and `b`, with a trunk `provider` on `a`. Tests must leave both running."""
    both = TwoNodes(tmp_path_factory.mktemp("two-nodes"))
    try:
        both.start()
        yield both
        assert both.stop() == 0
    finally:
        both.system.end()
        both.b.stop()
        print(f"--- log of Asterisk b\n{both.b.log()[-3000:]}")
        for name, text in both.system.logs().items():
            print(f"--- {name}\n{text[-3000:]}")
