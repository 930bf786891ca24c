"""The rule for calls to the telephone network: classes, countries, layers of limits, caps and alarms."""

from dataclasses import replace
from typing import Any

import pytest

from routing.outbound import alarms
from routing.outbound.alarms import Alarm
from routing.outbound.destinations import DestinationClass as Class
from routing.outbound.destinations import destination
from routing.outbound.policy import (
    CLOSED,
    Limits,
    OutboundDefaults,
    OutboundPolicy,
    effective,
    narrowed,
    replaced,
)
from routing.outbound.rule import Attempt, Denial, denial, where
from routing.outbound.usage import Usage
from tests.support.routing.outbound import OPEN

pytestmark = pytest.mark.unit
CANADA, GERMANY, JAMAICA = "+14165550111", "+4915112345678", "+18765551234"


@pytest.mark.parametrize(
    ("number", "country", "classes"),
    [
        (CANADA, "CA", (Class.FIXED, Class.MOBILE)),
        (GERMANY, "DE", (Class.MOBILE,)),
        ("+493012345678", "DE", (Class.FIXED,)),
        ("+19005551234", "US", (Class.PREMIUM,)),
        ("+18005551234", "US", (Class.TOLL_FREE,)),
        ("+499001234567", "DE", (Class.PREMIUM,)),
        ("+39848123456", "IT", (Class.SHARED_COST,)),
        ("+88216123456", "001", (Class.SATELLITE,)),
        ("+881612345678", "001", (Class.SATELLITE,)),
        ("+870773123456", "001", (Class.SATELLITE,)),
        (JAMAICA, "JM", (Class.MOBILE,)),
        ("+9991234567", "", (Class.UNKNOWN,)),
        ("not a number", "", (Class.UNKNOWN,)),
    ],
)
def test_what_a_number_is(number: str, country: str, classes: tuple[Class, ...]) -> None:
    found = destination(number)
    assert found.classes == classes
    assert found.country == country


@pytest.mark.parametrize(
    ("policy", "number", "reason"),
    [
        (CLOSED, CANADA, Denial.CLOSED),
        (OPEN, CANADA, None),
        (OPEN, JAMAICA, Denial.COUNTRY),
        (OPEN, "+19005551234", Denial.COUNTRY),
        (replace(OPEN, countries=("CA", "US")), "+19005551234", Denial.CLASS),
        (replace(OPEN, classes=(Class.FIXED,)), CANADA, Denial.CLASS),
        (replace(OPEN, countries=("*",)), GERMANY, None),
        (replace(OPEN, countries=("*",)), "+88216123456", Denial.COUNTRY),
        (replace(OPEN, countries=("*",)), "+9991234567", Denial.COUNTRY),
        (replace(OPEN, countries=("001",), classes=(Class.SATELLITE,)), "+88216123456", None),
        (replace(OPEN, countries=()), CANADA, Denial.COUNTRY),
        (replace(OPEN, countries=("own",)), CANADA, None),
        (replace(OPEN, countries=("own",)), JAMAICA, Denial.COUNTRY),
        (replace(OPEN, countries=("*",), only=("own",)), CANADA, None),
        (replace(OPEN, countries=("*",), only=("DE",)), CANADA, Denial.COUNTRY),
        (replace(OPEN, countries=("own",), only=("*",)), GERMANY, Denial.COUNTRY),
    ],
)
def test_where_a_policy_lets_calls_go(policy: OutboundPolicy, number: str, reason: Denial | None) -> None:
    assert where(policy, destination(number), "CA") == reason


@pytest.mark.parametrize(
    ("change", "used", "reason"),
    [
        ({}, Usage("t"), None),
        ({"identity": ""}, Usage("t"), Denial.NO_IDENTITY),
        ({"rounds": 3}, Usage("t"), Denial.LOOP),
        ({"rounds": 2}, Usage("t"), None),
        ({"tries": 10}, Usage("t"), Denial.TRIES),
        ({}, Usage("t", calls=5), Denial.TEAM_CAP),
        ({}, Usage("t", members={"m": 5}), None),
        ({"member": "m"}, Usage("t", members={"m": 5}), Denial.MEMBER_CAP),
        ({}, Usage("t", numbers={"did": 5}), Denial.NUMBER_CAP),
        ({}, Usage("t", destinations={CANADA: 5}), Denial.DESTINATION_CAP),
    ],
)
def test_what_denies_a_call(change: dict[str, Any], used: Usage, reason: Denial | None) -> None:
    caps = ("team_per_day", "member_per_day", "number_per_day", "destination_per_day")
    few: dict[str, Any] = dict.fromkeys(caps, 5)
    policy = replace(OPEN, **few)
    attempt = replace(Attempt(CANADA, "+14165550100", "did"), **change)
    assert denial(policy, destination(CANADA), used, attempt) == reason


def test_an_operator_opens_and_a_team_only_narrows() -> None:
    opened = replaced(CLOSED, Limits(open=True, countries=("CA", "US"), classes=(Class.FIXED, Class.MOBILE)))
    assert (opened.open, opened.team_per_day) == (True, 0)
    wider = Limits(open=True, countries=("US", "JM"), classes=(Class.FIXED, Class.PREMIUM), team_per_day=9)
    policy = narrowed(replace(opened, team_per_day=5), wider)
    assert (policy.countries, policy.only) == (("CA", "US"), ("US", "JM"))
    assert (policy.classes, policy.team_per_day) == ((Class.FIXED,), 5)
    assert where(policy, destination(JAMAICA), "CA") is Denial.COUNTRY
    assert narrowed(opened, Limits(open=False)).open is False
    assert narrowed(CLOSED, Limits(open=True)).open is False
    assert narrowed(opened, None) == opened == narrowed(opened, Limits())


def test_the_settings_stand_above_the_operator_and_the_team() -> None:
    defaults = OutboundDefaults(
        outbound_classes=(Class.FIXED,), outbound_team_per_day=7, outbound_night="1-2"
    )
    assert effective(defaults, None, Limits(open=True)).open is False
    opened = effective(defaults, Limits(open=True, team_per_day=9), None)
    assert (opened.open, opened.countries, opened.classes) == (True, ("own",), (Class.FIXED,))
    assert (opened.team_per_day, opened.night) == (9, (1, 2))
    assert effective(replace(defaults, outbound="off"), Limits(open=True), None).open is False
    own = replace(defaults, outbound="own-country")
    assert effective(own, None, None).open is True
    assert effective(own, Limits(open=False), None).open is False
    assert effective(own, None, Limits(team_per_day=3)).team_per_day == 3


@pytest.mark.parametrize(
    ("night", "hours"),
    [((22, 6), {22, 23, 0, 5}), ((1, 5), {1, 4}), ((0, 0), set())],
)
def test_the_hours_of_the_night(night: tuple[int, int], hours: set[int]) -> None:
    policy, to = replace(OPEN, night=night), destination(CANADA)
    told = {
        hour
        for hour in range(24)
        if alarms.of_call(policy, to, "CA", Usage("t"), now=0.0, hour=hour) == [Alarm.NIGHT]
    }
    assert told >= hours
    assert 12 not in told
