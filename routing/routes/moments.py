"""The times at which the opening hours of routes answer differently.

There is one moment for each answer that the hours can give together. So a check of these few moments is a check of
every time of the year.
"""

from calendar import isleap
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta

from routing.blocks import BLOCK_TYPES
from routing.config import RouteConfig
from routing.expressions.opening_hours import Calendar, calendar

SEASONS = (0, 182)
"""The days, from the first one, at which a week is looked at. Time zones differ by season."""
MOST_HOLIDAYS = 100
"""How many of the next holidays are looked at."""
LEAP_YEARS = 10
"""A 29 February comes within so many years."""


def moments_of(routes: Iterable[RouteConfig], at: datetime) -> dict[int, datetime]:
    """Return moments (UTC) from `at` (aware) on, by index. Without any opening hours it is `at` alone."""
    hours = list(_hours(routes))
    if not hours:
        return {0: at.astimezone(UTC)}
    seen: dict[tuple[str, ...], datetime] = {}
    for moment in _boundaries(hours, at):
        seen.setdefault(tuple(each.state(moment.astimezone(each.zone)) for each in hours), moment)
    return dict(enumerate(seen.values()))


def _hours(routes: Iterable[RouteConfig]) -> Iterator[Calendar]:
    for route in routes:
        for block in route.blocks.values():
            found = BLOCK_TYPES[block.type].opening_hours(block.settings)
            if found is not None:
                yield calendar(found)


def _boundaries(hours: list[Calendar], at: datetime) -> Iterator[datetime]:
    """Yield every moment at which some opening hours may change their answer, within the days that are looked at."""
    clocks = sorted({"00:00", *_clocks(hours)} - {"24:00"})
    for zone in dict.fromkeys(each.zone for each in hours):
        for day in _days(hours, at.astimezone(zone).date()):
            for clock in clocks:
                yield datetime.combine(day, time.fromisoformat(clock), zone).astimezone(UTC)


def _clocks(hours: list[Calendar]) -> Iterator[str]:
    for each in hours:
        for spans in (*each.weekly.values(), *each.half_days.values()):
            for span in spans:
                yield from span


def _days(hours: list[Calendar], first: date) -> Iterator[date]:
    for season in SEASONS:
        yield from (first + timedelta(days=season + day) for day in range(1, 8))
    named = {day for each in hours for day in (*each.holidays, *each.half_days)}
    for holiday in sorted(set(_dates(named, first)))[:MOST_HOLIDAYS]:
        # A span over midnight, or the lack of one, is seen on the day after.
        yield from (holiday, holiday + timedelta(days=1))


def _dates(named: Iterable[str], first: date) -> Iterator[date]:
    """Yield the dates among the days from the first one on, and the next date of each day of every year."""
    for day in named:
        if len(day) > len("MM-DD"):
            if day >= first.isoformat():
                yield date.fromisoformat(day)
        else:
            years = range(first.year, first.year + LEAP_YEARS)
            dates = (f"{year}-{day}" for year in years if day != "02-29" or isleap(year))
            yield date.fromisoformat(next(text for text in dates if text >= first.isoformat()))
