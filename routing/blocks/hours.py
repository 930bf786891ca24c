"""`hours`: branches by the local time: weekly opening hours and holidays."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from routing.blocks.base import BlockType, Exit, Turn
from routing.blocks.settings import Setting
from routing.blocks.ways import Look, Way
from routing.config import OpeningHours
from routing.expressions import values
from routing.expressions.opening_hours import DAYS, opening
from routing.expressions.shapes import shaped


@shaped(
    type="object",
    additionalProperties=False,
    properties={
        day: {
            "type": "array",
            "items": {"type": "array", "minItems": 2, "maxItems": 2, "items": {"type": "string"}},
        }
        for day in DAYS
    },
)
def check_weekly(value: Any) -> str | None:
    """Check `{"mon": [["09:00", "12:30"], ["13:30", "17:00"]], ...}`. A day that is missing is closed."""
    if not isinstance(value, dict):
        return "must map days (mon to sun) to lists of [from, to]"
    for day, spans in value.items():
        if day not in DAYS:
            return f"{day!r:.20} is no day: mon, tue, wed, thu, fri, sat, sun"
        if not isinstance(spans, list) or len(spans) > 24:
            return f"{day} must be a list of [from, to]"
        for span in spans:
            if not isinstance(span, list) or len(span) != 2 or any(values.check_time(part) for part in span):
                return f"{day}: each span must be two times of day, HH:MM"
            if span[0] >= span[1]:
                return f"{day}: {span[0]} is not before {span[1]}"
    return None


@shaped(type="array", maxItems=1000, items={"type": "string", "format": "date"})
def check_holidays(value: Any) -> str | None:
    if not isinstance(value, list) or len(value) > 1000:
        return "must be a list of at most 1000 dates"
    return next((problem for day in value if (problem := values.check_date(day))), None)


class Hours(BlockType):
    type = "hours"
    settings: ClassVar = {
        "timezone": Setting(values.check_timezone, required=True),
        "weekly": Setting(check_weekly, required=True),
        "holidays": Setting(check_holidays, default=()),
    }
    exits = frozenset({"open", "closed", "holiday"})
    required_exits = frozenset({"open", "closed"})
    waits = False

    def enter(self, turn: Turn) -> Exit:
        at = datetime.fromtimestamp(turn.world.now, ZoneInfo(turn.setting("timezone")))
        state = opening(at, turn.setting("weekly"), turn.setting("holidays"))
        return "closed" if state == "holiday" and "holiday" not in turn.block.exits else state

    def opening_hours(self, settings: Mapping[str, Any]) -> OpeningHours:
        return OpeningHours(settings["timezone"], settings["weekly"], tuple(settings.get("holidays") or ()))

    def ways(self, look: Look) -> Iterator[Way]:
        zone = ZoneInfo(look.setting("timezone"))
        weekly, holidays = look.setting("weekly"), frozenset(look.setting("holidays"))
        found: dict[str, list[int]] = {}
        for index, moment in look.moments.items():
            found.setdefault(opening(moment.astimezone(zone), weekly, holidays), []).append(index)
        for state, indices in found.items():
            exit = "closed" if state == "holiday" and "holiday" not in look.block.exits else state
            at = look.moments[indices[0]].astimezone(zone)
            lead = f"{state}, as on {at:%a %Y-%m-%d at %H:%M} in {zone.key}"
            yield Way(exit, lead, moments=tuple(indices))
