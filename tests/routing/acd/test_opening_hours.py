"""When a queue takes callers: opening hours and the limit of calls at once."""

from datetime import UTC, datetime
from typing import Any

import pytest

from routing.config import OpeningHours, Overflow
from routing.events import AgentStatus
from routing.expressions import opening_hours
from tests.support.routing.story import Story, block

pytestmark = pytest.mark.unit

BERLIN = OpeningHours(
    "Europe/Berlin",
    {"mon": (("09:00", "12:00"), ("13:30", "17:00")), "wed": (("00:00", "24:00"),)},
    ("2026-01-07",),
)


def utc(day: int, clock: str) -> float:
    """A moment of January 2026; the 5th is a Monday. Berlin is one hour ahead."""
    hour, minute = clock.split(":")
    return datetime(2026, 1, day, int(hour), int(minute), tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("now", "is_open"),
    [
        (utc(5, "07:59"), False),
        (utc(5, "08:00"), True),
        (utc(5, "11:00"), False),
        (utc(5, "12:30"), True),
        (utc(5, "16:00"), False),
        (utc(6, "10:00"), False),
        (utc(7, "10:00"), False),
        (utc(14, "22:59"), True),
    ],
)
def test_open_or_closed(now: float, is_open: bool) -> None:
    assert opening_hours.is_open(BERLIN, now) is is_open
    assert (opening_hours.next_opening(BERLIN, now) == now) is is_open


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        (utc(5, "05:00"), utc(5, "08:00")),
        (utc(5, "11:30"), utc(5, "12:30")),
        (utc(5, "16:00"), utc(12, "08:00")),
        (utc(12, "17:00"), utc(13, "23:00")),
    ],
)
def test_the_next_opening(now: float, opens: float) -> None:
    assert opening_hours.next_opening(BERLIN, now) == opens


def test_always_and_never_open() -> None:
    assert opening_hours.is_open(None, 5.0)
    assert opening_hours.next_opening(None, 5.0) == 5.0
    assert opening_hours.next_opening(OpeningHours("UTC", {}), 5.0) is None


def test_the_clocks_change() -> None:
    """Berlin's clocks go forward on 2026-03-29 at 02:00."""
    sunday = OpeningHours("Europe/Berlin", {"sun": (("09:00", "10:00"),)})
    before = datetime(2026, 3, 28, 12, tzinfo=UTC).timestamp()
    assert opening_hours.next_opening(sunday, before) == datetime(2026, 3, 29, 7, tzinfo=UTC).timestamp()


NOON = OpeningHours("UTC", {"mon": (("09:00", "12:10"),)})


def test_callers_of_a_closed_queue_leave_by_closed(story: Story) -> None:
    queue = story.queue(hours=NOON)
    story.route(
        "q", q=block("queue", {"closed": "bye"}, queue=queue.id), bye=block("hangup", sound="vm-goodbye")
    )
    story.advance(600)
    call = story.calls_in()
    assert call.hears("vm-goodbye")
    assert call.phase == "playing"
    call.listens()
    assert (call.record["path"][0]["exit"], call.record["disposition"]) == ("closed", "overflowed")


def test_without_an_exit_they_overflow(story: Story) -> None:
    story.number(queue=story.queue(hours=NOON, overflow=Overflow("hangup", {"sound": "demo-thanks"})).id)
    story.advance(600)
    assert story.calls_in().hears("demo-thanks")


def test_who_joined_in_time_is_still_served(story: Story) -> None:
    ann = story.agent("ann", available=False)
    story.number(queue=story.queue(ann, hours=NOON).id)
    call = story.calls_in()
    story.advance(1200)
    assert call.phase == "queued"
    ann.registers()
    ann.sets(AgentStatus.AVAILABLE)
    assert call.offered_to == (ann.id,)


# -- the most calls at once ----------------------------------------------------------------------------------


def limited(story: Story, agents: int, **settings: Any) -> list[Any]:
    people = [story.agent(f"a{n}") for n in range(agents)]
    story.number(queue=story.queue(*people, **settings).id)
    return people


def test_calls_that_wait_and_talk_count_together(story: Story) -> None:
    (ann,) = limited(story, 1, max_calls=2)
    first = story.calls_in()
    ann.answers()
    second, third = story.calls_in(), story.calls_in()
    assert (second.phase, third.phase) == ("queued", "playing")
    third.hangs_up()
    assert third.record["path"][0]["exit"] == "full"
    first.hangs_up()
    assert story.calls_in().phase == "queued"


def test_the_wrap_up_is_no_call(story: Story) -> None:
    (ann,) = limited(story, 1, max_calls=1, wrap_up=60.0)
    first = story.calls_in()
    ann.answers()
    first.hangs_up()
    assert ann.state == "WrapUp"
    assert story.calls_in().phase == "queued"


def test_talks_are_counted_over_a_restart_and_a_queue_that_comes_back(story: Story) -> None:
    (ann,) = limited(story, 1, max_calls=1)
    first = story.calls_in()
    ann.answers()
    story.restart()
    assert story.calls_in().phase == "playing"
    (id,) = story.engine.queue_ids()
    story.remove(id)
    story.queue(ann, max_calls=1)
    assert story.calls_in().phase == "playing"
    first.hangs_up()
    assert story.calls_in().phase == "offering"
