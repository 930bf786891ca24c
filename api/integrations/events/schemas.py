"""What clients send about events."""

import re
from datetime import timedelta, timezone, tzinfo
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, StringConstraints

from api.chat.text import written
from api.conventions.body import Body, Patch
from api.conventions.fields import Email, Id, Line, Moment, timezones

_OFFSET = re.compile(r"([+-])(0[0-9]|1[0-4]):?([0-5][0-9])")
MOST_PEOPLE = 200


def zone_named(text: str) -> tzinfo | None:
    """Return the zone of an IANA name or of an offset (`-0500`, `+05:30`); None if it is neither."""
    if found := _OFFSET.fullmatch(text):
        offset = timedelta(hours=int(found[2]), minutes=int(found[3]))
        return timezone(-offset if found[1] == "-" else offset)
    return ZoneInfo(text) if text in timezones() else None


def iana_name(text: str) -> str:
    """Return the name of a zone that has this offset always: `Etc/GMT+5` for `-0500`. UTC if none has it."""
    found = _OFFSET.fullmatch(text)
    if found is None:
        return text
    hours = int(found[2])
    if found[3] != "00" or hours == 0 or (found[1] == "-" and hours > 12):
        return "UTC"
    return f"Etc/GMT{'+' if found[1] == '-' else '-'}{hours}"


def _zone(value: str) -> str:
    if zone_named(value) is None:
        raise ValueError("Not an IANA time zone or an offset, for example America/Toronto or -0500")
    return value


Timezone = Annotated[str, StringConstraints(max_length=64), AfterValidator(_zone), Field(examples=["-0500"])]
Notes = Annotated[str, StringConstraints(max_length=4000), AfterValidator(written)]
Users = Annotated[list[Id], Field(max_length=MOST_PEOPLE)]


class EventCreate(Body):
    """A new event, and the meeting that goes with it."""

    name: Annotated[Line, StringConstraints(min_length=1)]
    team: Id | None = None
    """May be missing if the caller is in one team only."""
    users: Users = Field(default_factory=list)
    """The members of the team who take part: ids of users or memberships."""
    notes: Notes = ""
    host: Id | None = None
    """The member who owns the meeting; by default the caller."""
    start: Moment
    """A time without a zone is a local time of `timezone`."""
    end: Annotated[Moment, Field(examples=["2026-03-02T10:30:00Z"])]
    timezone: Timezone | None = None
    """The name of a zone, or an offset; by default the team's zone."""


class EventUpdate(Patch, of=EventCreate):
    """What changes in an event. The team stays."""


class EventGuests(Body):
    """Who else takes part."""

    emails: Annotated[list[Email], Field(min_length=1, max_length=100)]
