"""One whole Switchroom for the session's end-to-end tests."""

from collections.abc import Iterator

import pytest

from tests.e2e.system import System


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """`switchroom run` with the demo team. Tests bring their own queues, numbers and agents."""
    running = System(tmp_path_factory.mktemp("system"))
    try:
        running.start()
        yield running
        assert running.stop() == 0
    finally:
        for name, text in running.logs().items():
            print(f"--- {name}\n{text[-3000:]}")
        print(f"--- run.log\n{running.log.read_text()[-3000:]}")
