"""Figures: the estimated wait, positions, and numbers as sounds."""

import random
from math import isclose

import pytest

from routing.acd import estimated_wait
from routing.expressions import spoken_numbers
from routing.state import Pace
from tests.support.routing.story import Story

pytestmark = pytest.mark.unit


def serve(story: Story, gaps: list[float], *, callers: int) -> None:
    """One agent talks to one caller after the other; `callers` enter at once."""
    ann = story.agent("ann")
    story.number(queue=story.queue(ann).id)
    for _ in range(callers):
        story.calls_in()
    ann.answers()
    for gap in gaps:
        story.advance(gap)
        ann.hangs_up()
        ann.answers()


def pace(story: Story) -> Pace:
    (queue,) = story.engine._world.queues.values()
    return queue.pace


def test_gaps_between_answers_are_kept_while_others_wait(story: Story) -> None:
    serve(story, [30, 60, 90], callers=6)
    assert [round(gap) for gap in pace(story).gaps] == [30, 60, 90]


def test_a_gap_in_which_nobody_waited_says_nothing(story: Story) -> None:
    ann = story.agent("ann")
    story.number(queue=story.queue(ann).id)
    for _ in range(3):
        story.calls_in()
        ann.answers()
        story.advance(100)
        ann.hangs_up()
    assert pace(story).gaps == []


def test_a_queue_whose_last_waiter_gave_up_begins_anew(story: Story) -> None:
    serve(story, [], callers=2)
    last = story.calls[list(story.calls)[-1]]
    last.hangs_up()
    story.advance(50)
    story.calls_in()
    story.advance(5)
    next(iter(story.people.values())).hangs_up()
    next(iter(story.people.values())).answers()
    assert pace(story).gaps == []


def test_only_the_last_gaps_count(story: Story) -> None:
    serve(story, [1.0] * 60, callers=70)
    assert len(pace(story).gaps) == estimated_wait.MAX_GAPS


def test_no_figure_without_enough_gaps(story: Story) -> None:
    serve(story, [60] * 4, callers=8)
    (queue,) = story.engine._world.queues.values()
    assert estimated_wait.span(queue, 1, story.now) is None
    view = story.engine.queue(queue.config.id, story.now)
    assert view is not None
    assert view.estimate is None
    story.advance(60)
    ann = next(iter(story.people.values()))
    ann.hangs_up()
    ann.answers()
    found = estimated_wait.span(queue, 1, story.now)
    assert found is not None
    assert found[0] < 60 < found[1]


def test_the_gap_that_runs_counts_with_its_time_so_far(story: Story) -> None:
    serve(story, [60] * 5, callers=10)
    (queue,) = story.engine._world.queues.values()
    assert estimated_wait.mean_gap(queue.pace, story.now) == pytest.approx(60, rel=0.001)
    assert estimated_wait.mean_gap(queue.pace, story.now + 300) == pytest.approx(120, rel=0.001)


@pytest.mark.parametrize("position", [1, 2, 5, 20])
def test_the_span_holds_eight_of_ten_waits(story: Story, position: int) -> None:
    serve(story, [60] * 5, callers=30)
    (queue,) = story.engine._world.queues.values()
    found = estimated_wait.span(queue, position, story.now)
    assert found is not None
    draw = random.Random(3)
    waits = [sum(draw.expovariate(1 / 60) for _ in range(position)) for _ in range(20_000)]
    below = sum(wait < found[0] for wait in waits) / len(waits)
    above = sum(wait > found[1] for wait in waits) / len(waits)
    assert isclose(below, 0.1, abs_tol=0.012)
    assert isclose(above, 0.1, abs_tol=0.012)


@pytest.mark.parametrize(
    ("span", "minutes"),
    [
        ((6.0, 50.0), (0, 1)),
        ((59.0, 60.0), (0, 1)),
        ((60.0, 61.0), (1, 2)),
        ((185.0, 290.0), (3, 5)),
        ((0.0, 0.0), (0, 1)),
    ],
)
def test_minutes_hold_the_span(span: estimated_wait.Span, minutes: tuple[int, int]) -> None:
    assert estimated_wait.in_minutes(span) == minutes


def test_views_show_the_wait_of_each_position_and_of_who_comes_next(story: Story) -> None:
    serve(story, [60] * 5, callers=9)
    (id,) = story.engine.queue_ids()
    view = story.engine.queue(id, story.now)
    assert view is not None
    spans = [waiting.estimate for waiting in view.waiting]
    assert len(spans) == 3
    assert all(span is not None for span in spans)
    assert [span[1] for span in spans if span] == sorted(span[1] for span in spans if span)
    assert view.estimate is not None
    assert spans[-1] is not None
    assert view.estimate[1] > spans[-1][1]
    call = story.engine.call(view.waiting[1].call)
    assert call is not None
    assert (call.position, call.estimate) == (2, spans[1])


def test_nobody_waits_where_somebody_is_free(story: Story) -> None:
    serve(story, [60] * 5, callers=6)
    (id,) = story.engine.queue_ids()
    story.advance(10)
    next(iter(story.people.values())).hangs_up()
    view = story.engine.queue(id, story.now)
    assert view is not None
    assert view.estimate == (0.0, 0.0)


@pytest.mark.parametrize(
    ("number", "sounds"),
    [
        (0, "0"),
        (7, "7"),
        (20, "20"),
        (23, "20 3"),
        (90, "90"),
        (100, "1 hundred"),
        (101, "1 hundred 1"),
        (342, "3 hundred 40 2"),
        (1000, "1 thousand"),
        (12_017, "12 thousand 17"),
        (999_999, "9 hundred 90 9 thousand 9 hundred 90 9"),
        (-5, "0"),
        (5_000_000, "9 hundred 90 9 thousand 9 hundred 90 9"),
    ],
)
def test_numbers_are_made_of_core_sounds(number: int, sounds: str) -> None:
    assert spoken_numbers.number(number) == tuple(f"digits/{sound}" for sound in sounds.split())


@pytest.mark.parametrize(
    ("seconds", "sounds"),
    [
        (0.4, ("digits/0", "queue-seconds")),
        (1, ("digits/1", "second")),
        (59.6, ("digits/1", "queue-minute")),
        (125, ("digits/2", "queue-minutes", "digits/5", "queue-seconds")),
        (700, ("digits/11", "queue-minutes")),
    ],
)
def test_durations(seconds: float, sounds: tuple[str, ...]) -> None:
    assert spoken_numbers.duration(seconds) == sounds
