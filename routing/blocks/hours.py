"""`hours`: branches by the local time: weekly opening hours and holidays."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, ClassVar

from routing.blocks.base import BlockType, Exit, Turn
from routing.blocks.settings import Setting
from routing.blocks.ways import Look, Way
from routing.config import OpeningHours
from routing.expressions import values
from routing.expressions.opening_hours import DAYS, calendar
from routing.expressions.shapes import Shape, shape_of, shaped

MOST_HOLIDAYS = 1000
MOST_SPANS = 24
_SPAN: Shape = {"type": "array", "minItems": 2, "maxItems": 2, "items": {"type": "string"}}
_SPANS: Shape = {"type": "array", "maxItems": MOST_SPANS, "items": _SPAN}


@shaped(type="object", additionalProperties=False, properties=dict.fromkeys(DAYS, _SPANS))
def check_weekly(value: Any) -> str | None:
    """Check `{"mon": [["09:00", "12:30"], ["21:00", "02:00"]], ...}`. A day that is missing is closed."""
    if not isinstance(value, dict):
        return "must map days (mon to sun) to lists of [from, to]"
    for day, spans in value.items():
        if day not in DAYS:
            return f"{day!r:.20} is no day: mon, tue, wed, thu, fri, sat, sun"
        if problem := _check_spans(day, spans):
            return problem
    return None


def _check_spans(day: str, spans: Any) -> str | None:
    if not isinstance(spans, list) or len(spans) > MOST_SPANS:
        return f"{day} must be a list of at most {MOST_SPANS} [from, to]"
    for span in spans:
        if not isinstance(span, list) or len(span) != 2 or any(values.check_time(part) for part in span):
            return f"{day}: each span must be two times of day, HH:MM"
        if span[0] == span[1]:
            return f"{day}: {span[0]} to {span[1]} is no span; a whole day is 00:00 to 24:00"
        if span[0] == "24:00":
            return f"{day}: no span begins at 24:00; write it as 00:00 of the next day"
    return None


@shaped(type="array", maxItems=MOST_HOLIDAYS, items=shape_of(values.check_day))
def check_holidays(value: Any) -> str | None:
    """Check a list of days: dates, or days of every year."""
    if not isinstance(value, list) or len(value) > MOST_HOLIDAYS:
        return f"must be a list of at most {MOST_HOLIDAYS} days"
    return next((problem for day in value if (problem := values.check_day(day))), None)


@shaped(
    type="object",
    maxProperties=MOST_HOLIDAYS,
    propertyNames=shape_of(values.check_day),
    additionalProperties=_SPANS,
)
def check_half_days(value: Any) -> str | None:
    """Check `{"12-24": [["09:00", "12:00"]], "2026-12-31": [], ...}`: days and their spans."""
    if not isinstance(value, dict) or len(value) > MOST_HOLIDAYS:
        return f"must map at most {MOST_HOLIDAYS} days to lists of [from, to]"
    for day, spans in value.items():
        if problem := values.check_day(day):
            return f"{day!r:.20} {problem}"
        if problem := _check_spans(day, spans):
            return problem
    return None


class Hours(BlockType):
    type = "hours"
    settings: ClassVar = {
        "timezone": Setting(values.check_timezone, required=True),
        "weekly": Setting(check_weekly, required=True),
        "holidays": Setting(check_holidays, default=()),
        "half_days": Setting(check_half_days, default={}),
    }
    exits = frozenset({"open", "closed", "holiday"})
    required_exits = frozenset({"open", "closed"})
    waits = False

    def enter(self, turn: Turn) -> Exit:
        known = calendar(self.opening_hours(turn.block.settings))
        state = known.state(datetime.fromtimestamp(turn.world.now, known.zone))
        return "closed" if state == "holiday" and "holiday" not in turn.block.exits else state

    def opening_hours(self, settings: Mapping[str, Any]) -> OpeningHours:
        holidays, half_days = settings.get("holidays") or (), settings.get("half_days") or {}
        return OpeningHours(settings["timezone"], settings["weekly"], tuple(holidays), half_days)

    def ways(self, look: Look) -> Iterator[Way]:
        known = calendar(self.opening_hours(look.block.settings))
        found: dict[str, list[int]] = {}
        for index, moment in look.moments.items():
            found.setdefault(known.state(moment.astimezone(known.zone)), []).append(index)
        for state, indices in found.items():
            exit = "closed" if state == "holiday" and "holiday" not in look.block.exits else state
            at = look.moments[indices[0]].astimezone(known.zone)
            lead = f"{state}, as on {at:%a %Y-%m-%d at %H:%M} in {known.zone.key}"
            yield Way(exit, lead, moments=tuple(indices))
