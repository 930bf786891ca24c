"""The machine's clock is set while calls wait: lengths stay, and the engine's clock comes closer bit by bit."""

import asyncio
import logging
from time import time

import pytest

from pbx.loop import steady_clock
from pbx.loop.steady_clock import IDLE_SLEW, SLEW, SteadyClock, follow, reading, resumed
from pbx.loop.timers import Timers
from pbx.metrics import Metrics
from routing.ids import TimerId
from tests.support.pbx.waiting import until

pytestmark = pytest.mark.unit


class Machine:
    """A machine whose wall clock can be set."""

    def __init__(self) -> None:
        self.steady = 50.0
        self.set_by = 0.0
        self.clock = SteadyClock(lambda: 1_000_000.0 + self.steady + self.set_by, lambda: self.steady)

    @property
    def gap(self) -> float:
        return 1_000_000.0 + self.steady + self.set_by - self.clock()

    def passes(self, seconds: int, *, idle: bool = False) -> list[float]:
        """Let time pass. Return the steps that were noticed."""
        found = []
        for _ in range(seconds):
            self.steady += 1.0
            found.append(self.clock.follow(idle=idle))
        return [step for step in found if abs(step) > 0.5]


@pytest.mark.parametrize("step", [3600.0, -3600.0, 15.0])
def test_a_length_that_is_measured_while_the_clock_is_set_stays(step: float) -> None:
    machine = Machine()
    machine.passes(5)
    began = machine.clock()
    machine.set_by = step
    assert machine.clock() == began
    assert machine.passes(60) == [pytest.approx(step)]
    assert machine.clock() - began == pytest.approx(60, abs=60 * SLEW + 0.01)


def test_the_clock_never_goes_back_and_arrives_in_the_end() -> None:
    machine = Machine()
    machine.set_by = -15.0
    before = machine.clock()
    for _ in range(round(15 / SLEW) + 2):
        machine.passes(1)
        assert machine.clock() > before
        before = machine.clock()
    assert machine.gap == pytest.approx(0.0)


def test_a_clock_that_was_put_forward_is_followed_at_once_when_nothing_is_measured() -> None:
    machine = Machine()
    machine.set_by = 3600.0
    machine.passes(1, idle=True)
    assert machine.gap == pytest.approx(0.0)


def test_a_clock_that_was_put_back_is_followed_faster_when_nothing_is_measured() -> None:
    machine = Machine()
    machine.set_by = -3600.0
    before = machine.clock()
    machine.passes(round(3600 / IDLE_SLEW) + 2, idle=True)
    assert machine.gap == pytest.approx(0.0)
    assert machine.clock() == pytest.approx(before + 3600, abs=3)


def test_the_clock_runs_without_jumps_between_two_looks_at_the_machines() -> None:
    machine = Machine()
    machine.set_by = -3600.0
    machine.passes(1)
    before = machine.clock()
    for _ in range(40):
        machine.steady += 0.1
        machine.clock.follow(idle=False)
        assert machine.clock() - before == pytest.approx(0.1 * (1 - SLEW))
        before = machine.clock()


@pytest.mark.parametrize("step", [3600.0, -3600.0])
def test_an_engine_that_is_started_again_goes_on_after_a_step(
    monkeypatch: pytest.MonkeyPatch, step: float
) -> None:
    wall = time()
    saved = reading(lambda: wall)
    monkeypatch.setattr(steady_clock, "time", lambda: wall + step)
    assert resumed(saved, newest=wall - 5) == pytest.approx(wall, abs=5)
    assert SteadyClock(lambda: wall + step, start=wall)() == pytest.approx(wall, abs=5)


def test_another_machine_goes_on_with_its_own_time_and_never_before_the_cores() -> None:
    saved = {**reading(time), "boot": "another"}
    for known in (saved, None):
        assert resumed(known, newest=5.0) == pytest.approx(time(), abs=5)
        assert resumed(known, newest=time() + 3600) == pytest.approx(time() + 3600, abs=5)


@pytest.mark.parametrize("step", [3600.0, -3600.0])
async def test_a_timer_fires_after_its_length(step: float) -> None:
    loop, set_by, due = asyncio.get_running_loop(), 0.0, []
    clock = SteadyClock(lambda: loop.time() + set_by, loop.time)
    timers = Timers(due.append, clock=clock)
    began = loop.time()
    timers.start(TimerId("max-wait"), clock() + 0.2)
    set_by = step
    clock.follow(idle=False)
    timers.start(TimerId("other"), clock() + 60)
    await until(lambda: bool(due), "the timer")
    assert due == ["max-wait"]
    assert loop.time() - began >= 0.19
    timers.stop()


async def test_each_step_is_logged_and_counted(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(steady_clock, "FOLLOW_SECONDS", 0.01)
    machine, metrics = Machine(), Metrics()
    task = asyncio.create_task(follow(machine.clock, lambda: False, metrics))

    def steps() -> float:
        return metrics.registry.get_sample_value("switchroom_engine_clock_steps_total") or 0.0

    with caplog.at_level(logging.WARNING):
        machine.set_by = 3600.0
        await until(lambda: steps() == 1, "the step")
        machine.set_by = 0.0
        await until(lambda: steps() == 2, "the step back")
    task.cancel()
    assert [record.message for record in caplog.records] == ["the machine's clock was set"] * 2
