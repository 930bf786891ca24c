"""Short reads take turns, and a long one holds nothing up."""

import threading
import time

import pytest

from api.core import pools
from api.core.pools import Turns

pytestmark = pytest.mark.unit


def test_short_jobs_run_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "LONG", 5)
    working: list[int] = []
    most: list[int] = []

    def job() -> None:
        working.append(1)
        most.append(len(working))
        time.sleep(0.001)
        working.pop()

    with Turns(4, "test") as pool:
        for done in [pool.submit(job) for _ in range(12)]:
            done.result(10)
    assert most == [1] * 12


@pytest.mark.long
def test_waiting_for_many_short_jobs_lets_none_begin_beside_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """The wait of each thread is longer than `LONG` together, but no job is."""
    monkeypatch.setattr(pools, "LONG", 0.3)
    working: list[int] = []
    most: list[int] = []
    begun: list[int] = []

    def job(number: int) -> None:
        working.append(1)
        most.append(len(working))
        begun.append(number)
        time.sleep(0.01)
        working.pop()

    with Turns(4, "test") as pool:
        for done in [pool.submit(job, number) for number in range(60)]:
            done.result(10)
    assert max(most) == 1
    assert begun == list(range(60))


def test_a_long_job_has_others_beside_it() -> None:
    over = threading.Event()
    with Turns(4, "test") as pool:
        long = pool.submit(over.wait, 5)
        assert [pool.submit(str, number).result(5) for number in range(6)] == list("012345")
        assert not long.done()
        over.set()


def test_a_job_that_fails_gives_its_turn_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "LONG", 5)

    def fail() -> None:
        raise ValueError("no")

    with Turns(2, "test") as pool:
        with pytest.raises(ValueError, match="no"):
            pool.submit(fail).result(5)
        began = time.monotonic()
        assert pool.submit(str, 1).result(5) == "1"
        assert time.monotonic() - began < pools.LONG
