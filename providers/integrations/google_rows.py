"""Google's contacts and events as ours, and back.

https://developers.google.com/people/api/rest/v1/people#Person
https://developers.google.com/workspace/calendar/api/v3/reference/events
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from providers.integrations.base import ProviderContact, ProviderError, ProviderEvent
from providers.integrations.http import Json
from providers.integrations.zones import iana

PERSON_FIELDS = "names,emailAddresses,phoneNumbers,organizations,metadata"

_TYPES = {"work_number": ("work", "main", "workMobile"), "home_number": ("home",), "cell_number": ("mobile",)}
"""Which types of numbers we know, best first. A new number gets the first one."""
_KNOWN_TYPES = {"homeFax", "workFax", "otherFax", "pager", "workPager"}.union(*_TYPES.values())
_NAMES_OURS = ("givenName", "familyName")
_NAMES_KEPT = ("middleName", "honorificPrefix", "honorificSuffix", "phoneticGivenName", "phoneticFamilyName")
_EVENT_KINDS = (None, "default", "fromGmail")
"""The others (birthdays, places of work, absences) are no appointments."""


def contact_of(person: Json) -> ProviderContact:
    """Return a person as a contact. One without a name is called as its organization."""
    names = _first(person, "names")
    slots = _number_slots(person)
    numbers = {name: str(entry["value"]) for name, entry in slots.items()}
    organization = _first(person, "organizations").get("name", "")
    first, last = names.get("givenName", ""), names.get("familyName", "")
    email = _email_slot(person)
    return ProviderContact(
        id=person["resourceName"],
        revision=revision_of(person),
        first_name=first if first or last else names.get("displayName") or organization,
        last_name=last,
        email=email["value"] if email else None,
        **numbers,
    )


def revision_of(person: Json) -> str:
    """Return the etag of the contact itself: a person's own etag depends on the fields that were asked for."""
    return str(_source(person).get("etag") or person["etag"])


def person_of(contact: ProviderContact) -> Json:
    """Return a new person."""
    return changed_person({}, contact)


def changed_person(person: Json, contact: ProviderContact) -> Json:
    """Return what is to be written so that the person becomes this contact: only the lists that change.

    A list is replaced as a whole, so it keeps the entries that are not ours.
    """
    now = contact_of({"resourceName": "", "etag": "", **person})
    written: Json = {}
    if (contact.first_name, contact.last_name) != (now.first_name, now.last_name):
        kept = {name: value for name, value in _first(person, "names").items() if name in _NAMES_KEPT}
        ours = dict(zip(_NAMES_OURS, (contact.first_name, contact.last_name), strict=True))
        written["names"] = [kept | ours] if any(ours.values()) else []
    if contact.email != now.email:
        written["emailAddresses"] = _with(
            person.get("emailAddresses", []), _email_slot(person), contact.email, {}
        )
    numbers, slots = person.get("phoneNumbers", []), _number_slots(person)
    for name, types in _TYPES.items():
        if getattr(contact, name) != getattr(now, name):
            numbers = _with(numbers, slots.get(name), getattr(contact, name), {"type": types[0]})
            written["phoneNumbers"] = numbers
    return written


def event_of(event: Json, zone: str) -> ProviderEvent:
    """Return an event as ours. `zone`: the calendar's time zone, which whole days are in."""
    start, end = event["start"], event["end"]
    all_day = "date" in start
    timezone = iana(start.get("timeZone"), iana(zone))
    return ProviderEvent(
        id=event["id"],
        revision=event["etag"],
        name=event.get("summary", ""),
        notes=event.get("description", ""),
        start=_moment(start, timezone),
        end=_moment(end, timezone),
        timezone=timezone,
        location=event.get("location", ""),
        attendees=tuple(_address(attendee) for attendee in event.get("attendees", []) if _is_guest(attendee)),
        all_day=all_day,
    )


def is_appointment(event: Json) -> bool:
    return event.get("eventType") in _EVENT_KINDS


def new_event(event: ProviderEvent) -> Json:
    """Return the body of a new event."""
    return {
        "summary": event.name,
        "description": event.notes,
        "location": event.location,
        "attendees": [{"email": address} for address in event.attendees],
        **{
            name: {part: value for part, value in time.items() if value is not None}
            for name, time in _times(event).items()
        },
    }


def changed_event(old: Json, event: ProviderEvent, zone: str) -> Json:
    """Return what is to be written so that `old` becomes this event: only the fields that change.

    Attendees keep their answers, and rooms and the user stay.
    """
    now = event_of(old, zone)
    names = {"name": "summary", "notes": "description", "location": "location"}
    written = {
        theirs: getattr(event, ours)
        for ours, theirs in names.items()
        if getattr(event, ours) != getattr(now, ours)
    }
    if set(event.attendees) != set(now.attendees):
        written["attendees"] = list(_guests(old.get("attendees", []), event.attendees))
    times = ("start", "end", "all_day", "timezone")
    if any(getattr(event, name) != getattr(now, name) for name in times):
        written |= _times(event)
    return written


def _times(event: ProviderEvent) -> Json:
    if event.start is None or event.end is None:
        raise ProviderError("Google: an event needs a start and an end")
    return {"start": _time(event.start, event), "end": _time(event.end, event)}


def _time(moment: datetime, event: ProviderEvent) -> Json:
    """Write a time, or a day. The other one is cleared: an event may become one of whole days."""
    local = moment.astimezone(ZoneInfo(iana(event.timezone)))
    if event.all_day:
        return {"date": local.date().isoformat(), "dateTime": None, "timeZone": None}
    return {"date": None, "dateTime": local.isoformat(timespec="seconds"), "timeZone": iana(event.timezone)}


def _moment(time: Json, zone: str) -> datetime:
    if "date" in time:
        day = date.fromisoformat(time["date"])
        return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
    return datetime.fromisoformat(time["dateTime"]).astimezone(ZoneInfo(zone))


def _guests(old: list[Json], addresses: Iterable[str]) -> Iterable[Json]:
    known = {_address(attendee): attendee for attendee in old if _is_guest(attendee)}
    yield from (attendee for attendee in old if not _is_guest(attendee))
    yield from (known.get(address, {"email": address}) for address in addresses)


def _is_guest(attendee: Json) -> bool:
    return "email" in attendee and not attendee.get("resource") and not attendee.get("self")


def _address(attendee: Json) -> str:
    return str(attendee["email"]).lower()


def _number_slots(person: Json) -> dict[str, Json]:
    """Return which entry of `phoneNumbers` is which of our numbers.

    The first number of another type that is a telephone counts as the cell number if there is none.
    """
    entries = [entry for entry in person.get("phoneNumbers", []) if entry.get("value")]
    slots: dict[str, Json] = {}
    for name, types in _TYPES.items():
        for type in reversed(types):
            slots.update((name, entry) for entry in reversed(entries) if entry.get("type") == type)
    others = [entry for entry in entries if entry.get("type") not in _KNOWN_TYPES]
    if others:
        slots.setdefault("cell_number", others[0])
    return slots


def _email_slot(person: Json) -> Json | None:
    entries = [entry for entry in person.get("emailAddresses", []) if entry.get("value")]
    primary = [entry for entry in entries if entry.get("metadata", {}).get("primary")]
    return next(iter(primary or entries), None)


def _with(entries: list[Json], slot: Json | None, value: str | None, new: Json) -> list[Json]:
    """Return the entries with this value in `slot`: changed, added (as `new`), or without it."""
    if slot is None:
        return [*entries, {**new, "value": value}] if value else entries
    replaced = [{**slot, "value": value}] if value else []
    return [out for entry in entries for out in (replaced if entry is slot else [entry])]


def _first(person: Json, name: str) -> Json:
    return next(iter(person.get(name, [])), {})


def _source(person: Json) -> Json:
    sources: list[Any] = person.get("metadata", {}).get("sources", [])
    return next((source for source in sources if source.get("type") == "CONTACT"), {})
