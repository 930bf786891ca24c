"""Today's figures over the team's local midnight: a call counts in the day in which it entered the queue."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from routing.config import TeamConfig
from routing.figures import Figures
from routing.views import QueueView
from tests.support.routing.story import TEAM, Caller, Person, Story

pytestmark = pytest.mark.unit

BERLIN = ZoneInfo("Europe/Berlin")
MIDNIGHT = datetime(2026, 1, 6, tzinfo=BERLIN).timestamp()


@pytest.fixture
def story() -> Story:
    """20 seconds before the team's midnight."""
    story = Story(now=MIDNIGHT - 20)
    story.configure(TeamConfig(TEAM, "Team", timezone="Europe/Berlin"))
    return story


def one_agent(story: Story, **settings: Any) -> tuple[Person, Caller]:
    ann = story.agent("ann")
    story.number(queue=story.queue(ann, **settings).id)
    return ann, story.calls_in()


def live(story: Story) -> QueueView:
    (queue,) = story.engine.queue_ids()
    view = story.engine.queue(queue, story.now)
    assert view is not None
    return view


def today(story: Story) -> Figures:
    return live(story).today


def test_a_call_answered_after_midnight_counts_in_the_day_before(story: Story) -> None:
    ann, call = one_agent(story, ring_timeout=60.0)
    assert (today(story).offered, live(story).day_ends) == (1, MIDNIGHT)
    story.advance(40)
    ann.answers()
    assert (today(story).offered, today(story).answered, today(story).asa) == (0, 0, None)
    call.hangs_up()
    story.calls_in()
    story.advance(5)
    ann.answers()
    figures = today(story)
    assert (figures.offered, figures.answered, figures.asa) == (1, 1, 5.0)


def test_a_caller_who_gives_up_after_midnight_counts_in_the_day_before(story: Story) -> None:
    _, early = one_agent(story, short_abandon=0.0)
    story.advance(30)
    late = story.calls_in()
    early.hangs_up()
    assert (today(story).offered, today(story).abandoned) == (1, 0)
    late.hangs_up()
    assert (today(story).offered, today(story).abandoned) == (1, 1)


def test_the_figures_are_empty_at_midnight_sharp(story: Story) -> None:
    ann, call = one_agent(story)
    ann.answers()
    call.hangs_up()
    story.advance(19.9)
    assert today(story).answered == 1
    story.advance(0.1)
    assert (today(story).offered, today(story).answered, today(story).asa) == (0, 0, None)


@pytest.mark.parametrize(("day", "hours"), [((2026, 3, 29), 23), ((2026, 10, 25), 25)])
def test_a_day_is_as_long_as_the_clock_says(day: tuple[int, int, int], hours: int) -> None:
    begin = datetime(*day, tzinfo=BERLIN).timestamp()
    story = Story(now=begin)
    story.configure(TeamConfig(TEAM, "Team", timezone="Europe/Berlin"))
    one_agent(story)
    assert live(story).day_ends == begin + hours * 3600
