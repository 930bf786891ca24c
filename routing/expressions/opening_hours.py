"""Opening hours: whether they include a moment, and when they begin next. Times are POSIX seconds.

The local clock alone decides. A span holds whenever the clock shows a time of it. If the clocks go forward over its
start, it begins right after the gap. If the clocks go back, a span in the hour that is repeated comes twice.

A span whose end is not after its start goes over midnight. It counts to the day on which it began: it goes on into a
holiday, and on a holiday none begins.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from routing.config import OpeningHours

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HORIZON_DAYS = 400
"""How far ahead the next opening is looked for. It is more than a year, so that a year of holidays is covered."""
_DAY = timedelta(days=1)

Spans = Sequence[Sequence[str]]
"""Pairs of `HH:MM`."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """Opening hours, ready to be asked. `routing.config.OpeningHours` says what the fields hold."""

    zone: ZoneInfo
    weekly: Mapping[str, Spans]
    holidays: frozenset[str]
    half_days: Mapping[str, Spans]

    def state(self, at: datetime) -> str:
        """Return `open`, `holiday` or `closed` at a local time. A span includes its first minute and not its last."""
        clock = f"{at.hour:02d}:{at.minute:02d}"
        spans, holiday = self.day(at.date())
        if any(start <= clock and (clock < end or end <= start) for start, end in spans):
            return "open"
        if any(clock < end <= start for start, end in self.day(at.date() - _DAY)[0]):
            return "open"
        return "holiday" if holiday else "closed"

    def day(self, day: date) -> tuple[Spans, bool]:
        """Return the spans that begin on the day, and whether it is a holiday.

        A date goes before a day of every year, and a half day before a whole one.
        """
        text = day.isoformat()
        for name in (text, text[5:]):
            if name in self.half_days:
                return self.half_days[name], True
            if name in self.holidays:
                return (), True
        return self.weekly.get(DAYS[day.weekday()], ()), False

    def is_open(self, now: float) -> bool:
        return self.state(datetime.fromtimestamp(now, self.zone)) == "open"


def calendar(hours: OpeningHours) -> Calendar:
    """Return the hours as a calendar."""
    return Calendar(ZoneInfo(hours.timezone), hours.weekly, frozenset(hours.holidays), hours.half_days)


def is_open(hours: OpeningHours | None, now: float) -> bool:
    """Return whether the hours include the moment. None means always open."""
    return hours is None or calendar(hours).is_open(now)


def next_opening(hours: OpeningHours | None, now: float) -> float | None:
    """Return the first moment from `now` on at which it is open; None: there is none within `HORIZON_DAYS`."""
    if hours is None:
        return now
    known = calendar(hours)
    if known.is_open(now):
        return now
    # When the clocks go back over midnight, a part of yesterday comes again after today has begun.
    first = datetime.fromtimestamp(now, known.zone).date() - _DAY
    for days in range(HORIZON_DAYS):
        day = first + timedelta(days=days)
        if found := _openings(known, day, now):
            return min(found + _openings(known, day + _DAY, now))
    return None


def _openings(known: Calendar, day: date, now: float) -> list[float]:
    """Return moments of the day, after `now`, at which it is open. If it opens on that day, that moment is one of
    them."""
    # A moment of the day may be in a span that began yesterday. If the clocks go back over midnight, it shows
    # yesterday's date, and may be in a span that began the day before.
    if not any(known.day(day - back * _DAY)[0] for back in range(3)):
        return []
    starts = [time.fromisoformat(start) for start, _ in known.day(day)[0]]
    clocks = [datetime.combine(day, start, known.zone) for start in (time.min, *starts)]
    moments = [clock.replace(fold=fold).timestamp() for clock in clocks for fold in (0, 1)]
    moments += _clock_change(known.zone, day)
    return [at for at in moments if at > now and known.is_open(at)]


def _clock_change(zone: ZoneInfo, day: date) -> list[float]:
    """Return the moment of the day at which the clocks change, if they do."""
    before, after = (int(datetime.combine(at, time.min, zone).timestamp()) for at in (day, day + _DAY))
    if _offset(zone, before) == _offset(zone, after):
        return []
    while after - before > 1:
        middle = (before + after) // 2
        if _offset(zone, middle) == _offset(zone, before):
            before = middle
        else:
            after = middle
    return [float(after)]


def _offset(zone: ZoneInfo, at: float) -> timedelta | None:
    return datetime.fromtimestamp(at, zone).utcoffset()
