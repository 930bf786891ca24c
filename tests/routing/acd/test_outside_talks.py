"""How long calls in the telephone network talk, and what that costs: caps of a day, over restarts and midnight."""

from dataclasses import replace
from typing import Any

import pytest

from routing.calls.outgoing import LIMIT_SOUND
from routing.commands import HangUp
from routing.outbound.destinations import destination
from routing.outbound.prices import price
from routing.outbound.rule import Denial
from tests.routing.calls.test_outgoing import MAIN, MOBILE, OUTSIDE, calls_out, legs, owns, team
from tests.support.routing.outbound import OPEN
from tests.support.routing.phone_calls import PhoneCall, dials, member
from tests.support.routing.story import TEAM, Person, Story

pytestmark = pytest.mark.unit

DAY = 24 * 3600
TEN_CENTS = {"CA": 0.1}


@pytest.fixture
def story() -> Story:
    made = Story()
    owns(made, MAIN)
    return made


def may(story: Story, **changes: Any) -> None:
    story.configure(team(outbound=replace(OPEN, **changes)))


def talks(person: Person, seconds: float, number: str = OUTSIDE) -> PhoneCall:
    call = calls_out(person, number)
    call.is_answered()
    person.story.advance(seconds)
    return call


def denied(call: PhoneCall) -> str:
    """Return why the call was denied; empty: it rings."""
    if call.phase == "dialing":
        call.hangs_up()
        return ""
    return legs(call)[1][2].removeprefix("outbound: ")


@pytest.mark.parametrize(
    ("caps", "why"),
    [
        ({"team_minutes_per_day": 2}, Denial.TEAM_MINUTES),
        ({"member_minutes_per_day": 2}, Denial.MEMBER_MINUTES),
        ({"team_money_per_day": 1, "prices": {"CA": 0.5}}, Denial.TEAM_MONEY),
        ({"member_money_per_day": 1, "prices": {"CA": 0.5}}, Denial.MEMBER_MONEY),
    ],
)
def test_a_cap_of_a_day_ends_with_the_day(story: Story, caps: dict[str, Any], why: Denial) -> None:
    may(story, **caps)
    ann = member(story, "Ann")
    talks(ann, 119).hangs_up()
    assert denied(calls_out(ann)) == ""
    talks(ann, 1).hangs_up()
    story.restart()
    refused = calls_out(ann)
    assert story.last(HangUp).sounds == (LIMIT_SOUND,)
    assert denied(refused) == why
    story.advance(DAY)
    assert denied(calls_out(ann)) == ""


def test_a_members_caps_do_not_bind_the_others(story: Story) -> None:
    may(story, member_minutes_per_day=1)
    ann, bob = member(story, "Ann"), member(story, "Bob")
    talks(ann, 60).hangs_up()
    assert (denied(calls_out(ann)), denied(calls_out(bob))) == (Denial.MEMBER_MINUTES, "")


def test_talks_that_go_on_count(story: Story) -> None:
    may(story, team_minutes_per_day=1)
    ann, bob = member(story, "Ann"), member(story, "Bob")
    call = talks(ann, 59)
    assert denied(calls_out(bob)) == ""
    story.advance(1)
    story.restart()
    assert denied(calls_out(bob)) == Denial.TEAM_MINUTES
    assert call.phase == "connected", "it is not ended"


def test_ringing_costs_nothing_and_neither_do_colleagues_nor_numbers_of_ours(story: Story) -> None:
    may(story, team_minutes_per_day=1)
    owns(story, "+14165550101")
    ann, bob = member(story, "Ann"), member(story, "Bob")
    call = calls_out(ann)
    story.advance(90)
    call.hangs_up()
    inside = dials(ann, "102")
    inside.is_answered()
    story.advance(90)
    inside.hangs_up()
    talks(ann, 90, "+14165550101").hangs_up()
    assert denied(calls_out(bob)) == ""


def test_what_costs_nothing_goes_out_however_much_was_spent(story: Story) -> None:
    may(story, team_money_per_day=1, prices={"CA": 1.0, "+1": 2.0, "fixed": 0.0})
    ann = member(story, "Ann")
    talks(ann, 120).hangs_up()
    assert denied(calls_out(ann)) == Denial.TEAM_MONEY
    may(story, team_money_per_day=1, prices={})
    assert denied(calls_out(ann)) == ""


def test_a_talk_over_midnight_counts_in_each_day_with_its_part(story: Story) -> None:
    may(story, team_minutes_per_day=30)
    ann = member(story, "Ann")
    story.advance(12 * 3600 - 20 * 60)  # stories begin at noon
    talks(ann, 40 * 60).hangs_up()
    assert denied(calls_out(ann)) == ""
    view = story.engine.outbound(TEAM)
    assert view is not None
    assert (view.minutes, list(view.member_minutes.values())) == (20.0, [20.0])
    talks(ann, 10 * 60).hangs_up()
    assert denied(calls_out(ann)) == Denial.TEAM_MINUTES


def test_what_is_shown_is_what_was_spent(story: Story) -> None:
    may(story, prices=TEN_CENTS)
    ann = member(story, "Ann")
    talks(ann, 90, MOBILE).hangs_up()
    view = story.engine.outbound(TEAM)
    assert view is not None
    assert (view.minutes, view.money) == (1.5, 0.15)
    assert list(view.member_money.values()) == [0.15]


@pytest.mark.parametrize(
    ("number", "costs"),
    [
        ("+4915112345678", 0.1),
        ("+493012345678", 0.02),
        ("+33612345678", 0.2),
        ("+33142685300", 0.0),
        ("+14165550111", 0.2),
        ("+88216123456", 3.0),
    ],
)
def test_the_most_specific_price_counts(number: str, costs: float) -> None:
    prices = {"mobile": 0.2, "DE": 0.02, "DE/mobile": 0.1, "satellite": 3.0}
    assert price(prices, destination(number)) == costs
