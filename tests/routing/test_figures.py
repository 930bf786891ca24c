"""The one function that computes the figures of a queue: docs/statistics.md has its definitions and this example."""

import random
import re
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.figures import Figures, Outcome, Stays, Sums, figures, measured, sums

pytestmark = pytest.mark.unit

TEN = [
    *[Stays("answered", 5.0, talk=120.0, wrap_up=20.0)] * 6,
    Stays("answered", 30.0, talk=120.0, wrap_up=20.0),
    Stays("abandoned", 2.0),
    Stays("abandoned", 25.0),
    Stays("timed-out", 60.0),
]
"""The ten calls of docs/statistics.md."""


def test_the_ten_calls_of_the_documentation() -> None:
    found = figures(TEN, good=20.0, short=5.0)
    assert (found.offered, found.answered, found.answered_in_threshold) == (10, 7, 6)
    assert (found.abandoned, found.short_abandons, found.timed_out) == (1, 1, 1)
    assert found.service_level == 6 / 9
    assert found.abandonment == 1 / 9
    assert found.asa == 8.571
    assert (found.average_wait, found.longest_wait, found.average_abandon_wait) == (14.7, 60.0, 25.0)
    assert (found.average_talk, found.aht) == (120.0, 140.0)


def test_without_short_abandons_each_caller_who_hangs_up_counts() -> None:
    found = figures(TEN, good=20.0, short=0.0)
    assert (found.abandoned, found.short_abandons) == (2, 0)
    assert (found.service_level, found.abandonment) == (0.6, 0.2)


def test_the_thresholds_themselves_are_in_time_and_no_short_abandons() -> None:
    found = figures([Stays("answered", 20.0), Stays("abandoned", 5.0)], good=20.0, short=5.0)
    assert (found.answered_in_threshold, found.abandoned, found.short_abandons) == (1, 1, 0)


def test_calls_that_still_wait_are_offered_and_change_no_share() -> None:
    found = figures(
        [*TEN, Stays("waiting", 40.0, callback=True), Stays("waiting", 0.0)], good=20.0, short=5.0
    )
    assert (found.offered, found.waiting, found.callbacks) == (12, 2, 1)
    assert found.service_level == 6 / 9
    assert found.average_wait == 14.7


def test_who_was_turned_away_was_not_offered() -> None:
    found = figures([*TEN, Stays("turned-away", 0.0, calls=5)], good=20.0, short=5.0)
    assert (found.offered, found.turned_away, found.average_wait) == (10, 5, 14.7)


def test_no_calls_have_no_shares_and_no_times() -> None:
    found = figures((), good=20.0, short=5.0)
    assert {getattr(found, field.name) for field in fields(found)} == {0, None}


STAYS = st.builds(
    Stays,
    outcome=st.sampled_from([str(outcome) for outcome in Outcome]),
    wait=st.floats(0, 5000).map(measured),
    callback=st.booleans(),
    calls=st.integers(1, 5),
    talk=st.floats(0, 5000).map(lambda seconds: round(seconds, 3)),
    wrap_up=st.floats(0, 500).map(lambda seconds: round(seconds, 3)),
    waited=st.none(),
    longest=st.just(0.0),
)


@settings(deadline=None, max_examples=50)
@given(st.lists(STAYS, max_size=30), st.floats(0, 300), st.floats(0, 60), st.randoms(use_true_random=False))
@pytest.mark.long
def test_the_order_and_the_grouping_of_stays_do_not_matter(
    groups: list[Stays], good: float, short: float, draw: random.Random
) -> None:
    found = figures(groups, good=good, short=short)
    single = [stays._replace(calls=1, talk=0.0, wrap_up=0.0) for stays in groups for _ in range(stays.calls)]
    times = [stays._replace(calls=0) for stays in groups]
    mixed = [*single, *times]
    draw.shuffle(mixed)
    assert figures(mixed, good=good, short=short) == found


@settings(deadline=None, max_examples=50)
@given(st.lists(STAYS, max_size=30), st.floats(0, 300), st.floats(0, 60))
def test_each_offered_call_is_counted_once(groups: list[Stays], good: float, short: float) -> None:
    found = figures(groups, good=good, short=short)
    parts = (found.waiting, found.answered, found.abandoned, found.short_abandons)
    others = (found.timed_out, found.passed_on, found.left, found.unreached)
    assert found.offered == sum(parts) + sum(others)
    assert 0 <= found.answered_in_threshold <= found.answered
    assert found.service_level is None or 0 <= found.service_level <= 1
    assert found.abandonment is None or 0 <= found.abandonment <= 1


@settings(deadline=None, max_examples=50)
@given(st.lists(STAYS, max_size=20), st.lists(STAYS, max_size=20))
def test_stays_that_are_taken_out_again_leave_the_others(kept: list[Stays], gone: list[Stays]) -> None:
    found: Sums = sums([*kept, *gone], good=20.0, short=5.0)
    for stays in gone:
        found.add(stays._replace(calls=-stays.calls, talk=-stays.talk, wrap_up=-stays.wrap_up))
    left, expected = found.figures(), figures(kept, good=20.0, short=5.0)
    for field in fields(Figures):
        if field.name != "longest_wait":
            assert getattr(left, field.name) == getattr(expected, field.name), field.name


def test_the_documentation_defines_each_figure() -> None:
    text = (Path(__file__).parents[2] / "docs" / "statistics.md").read_text()
    defined = set(re.findall(r"^\| `([a-z_]+)` \|", text, re.MULTILINE))
    assert {field.name for field in fields(Figures)} <= defined
    assert {f"`{outcome}`" for outcome in Outcome} <= set(re.findall(r"`[a-z-]+`", text))
