"""The times at which the opening hours of routes answer differently.

There is one moment for each answer that the hours can give together. So a check of these few moments is a check of
every time of the year.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from routing.blocks import BLOCK_TYPES
from routing.config import RouteConfig
from routing.expressions.opening_hours import opening

SEASONS = (0, 182)
"""The days, from the first one, at which a week is looked at. Time zones differ by season."""
MOST_HOLIDAYS = 100
"""How many of the next holidays are looked at."""


@dataclass(frozen=True, slots=True)
class _Hours:
    zone: ZoneInfo
    weekly: Mapping[str, Any]
    holidays: frozenset[str]

    def at(self, moment: datetime) -> str:
        return opening(moment.astimezone(self.zone), self.weekly, self.holidays)


def moments_of(routes: Iterable[RouteConfig], at: datetime) -> dict[int, datetime]:
    """Return moments (UTC) from `at` (aware) on, by index. Without any opening hours it is `at` alone."""
    hours = list(_hours(routes))
    if not hours:
        return {0: at.astimezone(UTC)}
    seen: dict[tuple[str, ...], datetime] = {}
    for moment in _boundaries(hours, at):
        seen.setdefault(tuple(each.at(moment) for each in hours), moment)
    return dict(enumerate(seen.values()))


def _hours(routes: Iterable[RouteConfig]) -> Iterator[_Hours]:
    for route in routes:
        for block in route.blocks.values():
            found = BLOCK_TYPES[block.type].opening_hours(block.settings)
            if found is not None:
                yield _Hours(ZoneInfo(found.timezone), found.weekly, frozenset(found.holidays))


def _boundaries(hours: list[_Hours], at: datetime) -> Iterator[datetime]:
    """Yield every moment at which some opening hours may change their answer, within the days that are looked at."""
    clocks = sorted({"00:00", *_clocks(hours)} - {"24:00"})
    for zone in dict.fromkeys(each.zone for each in hours):
        for day in _days(hours, at.astimezone(zone).date()):
            for clock in clocks:
                yield datetime.combine(day, time.fromisoformat(clock), zone).astimezone(UTC)


def _clocks(hours: list[_Hours]) -> Iterator[str]:
    for each in hours:
        for spans in each.weekly.values():
            for span in spans:
                yield from span


def _days(hours: list[_Hours], first: date) -> Iterator[date]:
    for season in SEASONS:
        yield from (first + timedelta(days=season + day) for day in range(1, 8))
    holidays = sorted({day for each in hours for day in each.holidays if day >= first.isoformat()})
    yield from (date.fromisoformat(day) for day in holidays[:MOST_HOLIDAYS])
