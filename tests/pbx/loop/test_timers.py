import asyncio

import pytest

from pbx.loop.timers import Timers
from routing.ids import TimerId
from tests.support.pbx.waiting import until

pytestmark = pytest.mark.unit


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def wall() -> float:
    return asyncio.get_running_loop().time()


async def test_timers_come_due_in_the_order_of_their_times() -> None:
    due: list[str] = []
    timers = Timers(due.append, clock=wall)
    now = wall()
    timers.start(TimerId("c"), now + 0.03)
    timers.start(TimerId("a"), now + 0.01)
    timers.start(TimerId("b"), now + 0.02)
    await until(lambda: len(due) == 3, "three timers")
    assert due == ["a", "b", "c"]


async def test_a_cancelled_timer_stays_silent_and_one_started_again_fires_once() -> None:
    due: list[str] = []
    timers = Timers(due.append, clock=wall)
    now = wall()
    timers.start(TimerId("a"), now + 0.01)
    timers.start(TimerId("b"), now + 0.01)
    timers.cancel(TimerId("a"))
    timers.start(TimerId("b"), now + 0.03)
    timers.start(TimerId("end"), now + 0.04)
    await until(lambda: "end" in due, "the last timer")
    assert due == ["b", "end"]


async def test_a_timer_that_was_moved_while_it_waited_for_its_turn_is_not_taken() -> None:
    clock = Clock()
    timers = Timers(lambda timer: None, clock=clock)
    timers.start(TimerId("a"), 999.0)
    timers.start(TimerId("a"), 1010.0)
    assert not timers.take(TimerId("a"))
    clock.now = 1010.0
    assert timers.take(TimerId("a"))
    assert not timers.take(TimerId("a"))


async def test_restored_timers_replace_the_old_ones_and_past_ones_fire_at_once() -> None:
    due: list[str] = []
    timers = Timers(due.append, clock=wall)
    timers.start(TimerId("old"), wall())
    timers.replace({TimerId("past"): wall() - 60, TimerId("future"): wall() + 60})
    await until(lambda: bool(due), "the past timer")
    assert due == ["past"]
    timers.stop()


async def test_many_cancelled_timers_do_not_stay_in_memory() -> None:
    timers = Timers(lambda timer: None)
    for number in range(10_000):
        timers.start(TimerId(str(number)), 2e9 + number)
        timers.cancel(TimerId(str(number)))
    assert len(timers) == 0
    assert len(timers._heap) < 100
    timers.stop()
