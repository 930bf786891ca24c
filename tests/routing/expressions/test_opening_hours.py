"""Opening hours over midnight, on holidays, and when the clocks change; `is_open` and `next_opening` agree."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from routing.blocks.hours import check_half_days, check_holidays, check_weekly
from routing.blocks.settings import Check
from routing.config import OpeningHours
from routing.expressions.opening_hours import DAYS, calendar, is_open, next_opening

pytestmark = pytest.mark.unit

BERLIN = "Europe/Berlin"
"""The clocks go forward on 2027-03-28 at 02:00, and back on 2027-10-31 at 03:00."""
Spans = tuple[tuple[str, str], ...]
SHIFT: dict[str, Spans] = {"fri": (("21:00", "02:00"),)}


def at(text: str, zone: str = BERLIN, fold: int = 0) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).timestamp()


def state(hours: OpeningHours, text: str) -> str:
    return calendar(hours).state(datetime.fromisoformat(text))


# -- over midnight ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2027-01-08T20:59", "closed"),
        ("2027-01-08T21:00", "open"),
        ("2027-01-09T00:00", "open"),
        ("2027-01-09T01:59", "open"),
        ("2027-01-09T02:00", "closed"),
        ("2027-01-08T01:00", "closed"),
        ("2027-01-09T21:00", "closed"),
    ],
)
def test_a_span_over_midnight(moment: str, expected: str) -> None:
    assert state(OpeningHours(BERLIN, SHIFT), moment) == expected


def test_a_shift_goes_on_into_a_holiday_and_none_begins_on_one() -> None:
    saturday = OpeningHours(BERLIN, SHIFT, ("2027-01-09",))
    assert [state(saturday, f"2027-01-09T0{hour}:00") for hour in (0, 1, 2)] == ["open", "open", "holiday"]
    friday = OpeningHours(BERLIN, SHIFT, ("2027-01-08",))
    assert state(friday, "2027-01-08T22:00") == "holiday"
    assert state(friday, "2027-01-09T01:00") == "closed"
    assert next_opening(friday, at("2027-01-07T00:00")) == at("2027-01-15T21:00")


def test_a_span_to_midnight_may_end_at_00_00_or_24_00() -> None:
    for end in ("00:00", "24:00"):
        hours = OpeningHours(BERLIN, {"fri": (("21:00", end),)})
        assert [state(hours, f"2027-01-{day}") for day in ("08T23:59", "09T00:00")] == ["open", "closed"]


# -- holidays --------------------------------------------------------------------------------------------------

EVERY_DAY: dict[str, Spans] = dict.fromkeys(DAYS, (("08:00", "18:00"),))


def test_a_holiday_of_every_year() -> None:
    hours = OpeningHours(BERLIN, EVERY_DAY, ("01-01", "02-29"))
    assert [state(hours, f"{year}-01-01T12:00") for year in (2027, 2028, 2100)] == ["holiday"] * 3
    assert state(hours, "2027-01-02T12:00") == "open"
    assert (state(hours, "2028-02-29T12:00"), state(hours, "2027-03-01T12:00")) == ("holiday", "open")
    assert next_opening(hours, at("2027-12-31T20:00")) == at("2028-01-02T08:00")


def test_a_half_day_holiday() -> None:
    hours = OpeningHours(BERLIN, EVERY_DAY, half_days={"12-24": (("09:00", "12:00"),), "2027-12-31": ()})
    day = [state(hours, f"2027-12-24T{clock}") for clock in ("08:30", "09:00", "11:59", "12:00")]
    assert day == ["holiday", "open", "open", "holiday"]
    assert state(hours, "2027-12-31T10:00") == "holiday"
    assert next_opening(hours, at("2027-12-23T19:00")) == at("2027-12-24T09:00")


def test_a_date_goes_before_every_year_and_a_half_day_before_a_whole_one() -> None:
    half: dict[str, Spans] = {"12-24": (("09:00", "12:00"),), "2028-12-24": (("10:00", "11:00"),)}
    hours = OpeningHours(BERLIN, EVERY_DAY, ("12-24", "2027-12-24"), half)
    assert [state(hours, f"{year}-12-24T10:30") for year in (2026, 2027, 2028)] == ["open", "holiday", "open"]
    assert state(hours, "2028-12-24T09:30") == "holiday"


# -- the clocks change -----------------------------------------------------------------------------------------


def test_a_span_that_begins_in_the_gap_begins_right_after_it() -> None:
    hours = OpeningHours(BERLIN, {"sun": (("02:30", "12:00"),)})
    begins = at("2027-03-28T03:00")
    assert not is_open(hours, begins - 1)
    assert is_open(hours, begins)
    assert next_opening(hours, begins - 3600) == begins


def test_a_span_in_the_repeated_hour_comes_twice() -> None:
    hours = OpeningHours(BERLIN, {"sun": (("02:15", "02:45"),)})
    first, second = at("2027-10-31T02:15"), at("2027-10-31T02:15", fold=1)
    assert second - first == 3600
    assert next_opening(hours, first - 60) == first
    assert not is_open(hours, first + 1800)
    assert next_opening(hours, first + 1800) == second


def test_a_gap_at_midnight_opens_the_day_after_it() -> None:
    """In Cairo the clocks go from 23:59 on to 01:00."""
    hours = OpeningHours("Africa/Cairo", {"fri": (("00:30", "09:00"),)})
    begins = at("2027-04-30T01:00", "Africa/Cairo")
    assert next_opening(hours, begins - 7200) == begins


def test_yesterday_comes_again() -> None:
    """In St. John's the clocks went back from 00:01 on Sunday to 23:01 on Saturday."""
    zone = "America/St_Johns"
    hours = OpeningHours(zone, {"sat": (("23:30", "23:40"),)})
    sunday = at("2010-11-07T00:00:30", zone)
    assert next_opening(hours, sunday) == at("2010-11-06T23:30", zone, fold=1)


@pytest.mark.parametrize(
    ("zone", "weekly", "now", "opens"),
    [
        # The clocks go back by half an hour: 01:45 comes twice.
        ("Australia/Lord_Howe", {"sun": (("01:45", "01:50"),)}, "2027-04-04T01:51", "2027-04-04T01:45+10:30"),
        # Friday 30 December 2011 never was.
        ("Pacific/Apia", {"fri": (("09:00", "17:00"),)}, "2011-12-29T20:00", "2012-01-06T09:00+14:00"),
        # The clocks go from 23:59 on to 01:00, and the span has begun.
        ("America/Sao_Paulo", {"sun": (("00:00", "01:30"),)}, "2018-11-03T20:00", "2018-11-04T01:00-02:00"),
        # The clocks go back from 00:59 to 00:00.
        ("America/Havana", {"sun": (("00:15", "00:20"),)}, "2027-11-07T00:30", "2027-11-07T00:15-05:00"),
    ],
)
def test_other_changes_of_the_clocks(zone: str, weekly: dict[str, Spans], now: str, opens: str) -> None:
    found = next_opening(OpeningHours(zone, weekly), at(now, zone))
    assert found == datetime.fromisoformat(opens).timestamp()


def test_a_shift_over_midnight_meets_the_changes_of_the_clocks() -> None:
    hours = OpeningHours(BERLIN, {"sat": (("22:00", "02:30"),)})
    ends = at("2027-03-28T03:00")
    assert (is_open(hours, ends - 1), is_open(hours, ends)) == (True, False)
    again = at("2027-10-31T02:00", fold=1)
    assert [is_open(hours, again + minutes * 60) for minutes in (-31, -30, 0, 29, 30)] == [
        True, False, True, True, False,
    ]  # fmt: skip
    assert next_opening(hours, again - 1) == again


# -- is_open and next_opening against each other -----------------------------------------------------------------

ZONES = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/"))
MINUTES = 5 * 24 * 60
clocks = st.builds("{:02d}:{:02d}".format, st.integers(0, 23), st.sampled_from([0, 0, 15, 30, 45, 59]))
night = st.builds("0{}:{:02d}".format, st.integers(0, 3), st.sampled_from([0, 1, 15, 30, 45]))
moment_of_day = clocks | night
spans = st.lists(
    st.tuples(moment_of_day, moment_of_day | st.just("24:00")).filter(lambda span: span[0] != span[1]),
    max_size=2,
).map(tuple)


def changes(zone: ZoneInfo, year: int) -> list[int]:
    """Return the hours of the year, as POSIX seconds, in which the clocks change."""
    begin = int(datetime(year, 1, 1, tzinfo=UTC).timestamp())
    days = [begin + 86_400 * day for day in range(367)]
    offset = {day: datetime.fromtimestamp(day, zone).utcoffset() for day in days}
    return [day for day, after in pairwise(days) if offset[day] != offset[after]]


@st.composite
def hours_and_moment(draw: st.DrawFn) -> tuple[OpeningHours, float]:
    """Draw opening hours, and a moment that is near a change of the clocks if there is one in that year."""
    name, year = draw(st.sampled_from(ZONES)), draw(st.integers(1975, 2037))
    zone = ZoneInfo(name)
    near = draw(st.sampled_from(changes(zone, year) or [int(datetime(year, 6, 1, tzinfo=UTC).timestamp())]))
    now = near + draw(st.integers(-2 * 86_400, 3 * 86_400)) + draw(st.sampled_from([0.0, 0.5]))
    days = [datetime.fromtimestamp(near, zone).date() + timedelta(days=day) for day in range(-2, 4)]
    names = st.sampled_from([*map(str, days), *(str(day)[5:] for day in days)])
    weekly = draw(st.dictionaries(st.sampled_from(DAYS), spans, max_size=5))
    holidays = draw(st.lists(names, max_size=2))
    return OpeningHours(name, weekly, tuple(holidays), draw(st.dictionaries(names, spans, max_size=2))), now


@pytest.mark.long
@settings(max_examples=300, deadline=None)
@given(hours_and_moment())
@example((OpeningHours(BERLIN, {"sun": (("02:30", "12:00"),)}), at("2027-03-28T00:00")))
@example((OpeningHours(BERLIN, {"sun": (("02:15", "02:45"),)}), at("2027-10-31T02:50")))
@example((OpeningHours(BERLIN, SHIFT, ("2027-01-09",)), at("2027-01-08T12:00")))
def test_the_next_opening_is_the_first_open_moment(drawn: tuple[OpeningHours, float]) -> None:
    """Spans begin, and clocks change, at most a minute from a quarter of an hour. So those minutes are looked at."""
    hours, now = drawn
    known, found = calendar(hours), next_opening(hours, now)
    if known.is_open(now):
        assert found == now
        return
    begin = now // 60 * 60 + 60
    looked_at = [at for n in range(MINUTES) if (at := begin + 60 * n) // 60 % 15 in (0, 1, 14)]
    first = next((at for at in looked_at if known.is_open(at)), None)
    if first is None:
        assert found is None or found > looked_at[-1]
    else:
        assert found == first


# -- what may be saved -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("check", "value"),
    [
        (check_weekly, {"fri": [["21:00", "02:00"]]}),
        (check_weekly, {"fri": [["21:00", "00:00"], ["00:00", "24:00"]]}),
        (check_holidays, ["01-01", "02-29", "2027-03-29"]),
        (check_half_days, {"12-24": [["09:00", "12:00"]], "2027-12-31": []}),
    ],
)
def test_accepted(check: Check, value: object) -> None:
    assert check(value) is None


@pytest.mark.parametrize(
    ("check", "value", "told"),
    [
        (check_weekly, {"fri": [["21:00", "21:00"]]}, "a whole day is 00:00 to 24:00"),
        (check_weekly, {"fri": [["24:00", "02:00"]]}, "00:00 of the next day"),
        (check_holidays, ["13-01"], "MM-DD"),
        (check_holidays, ["02-30"], "MM-DD"),
        (check_holidays, ["1-1"], "MM-DD"),
        (check_holidays, ["2027-02-29"], "YYYY-MM-DD"),
        (check_holidays, [{"day": "01-01"}], "YYYY-MM-DD"),
        (check_half_days, {"xmas": []}, "'xmas' must be a date"),
        (check_half_days, {"12-24": "09:00"}, "12-24 must be a list"),
        (check_half_days, {"12-24": [["09:00"]]}, "12-24: each span"),
        (check_half_days, [], "must map"),
    ],
)
def test_refused(check: Check, value: object, told: str) -> None:
    assert told in str(check(value))
