"""Microsoft Graph's contacts and events as ours, and back.

https://learn.microsoft.com/en-us/graph/api/resources/contact
https://learn.microsoft.com/en-us/graph/api/resources/event
"""

from collections.abc import Iterable
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from providers.integrations.base import ProviderContact, ProviderError, ProviderEvent
from providers.integrations.http import Json
from providers.integrations.zones import iana, windows

CONTACT_FIELDS = (
    "id,givenName,surname,displayName,companyName,emailAddresses,businessPhones,homePhones,mobilePhone"
)
_LISTS = {"work_number": "businessPhones", "home_number": "homePhones"}


def contact_of(row: Json) -> ProviderContact:
    """Return a contact as ours. One without a name is called as Outlook displays it, or as its company."""
    first, last = row.get("givenName") or "", row.get("surname") or ""
    return ProviderContact(
        id=row["id"],
        revision=row["@odata.etag"],
        first_name=first if first or last else row.get("displayName") or row.get("companyName") or "",
        last_name=last,
        email=next((each.get("address") for each in row.get("emailAddresses", [])), None) or None,
        work_number=_first(row.get("businessPhones", [])),
        home_number=_first(row.get("homePhones", [])),
        cell_number=row.get("mobilePhone") or None,
    )


def changed_contact(row: Json, contact: ProviderContact) -> Json:
    """Return what is to be written so that the row becomes this contact: only what differs.

    Of several addresses or numbers only the first is ours.
    """
    now = contact_of({"id": "", "@odata.etag": "", **row})
    written: Json = {}
    if (contact.first_name, contact.last_name) != (now.first_name, now.last_name):
        written |= {"givenName": contact.first_name, "surname": contact.last_name}
        # Outlook shows this one, and does not make it of the other two.
        written["displayName"] = _name(contact)
    if contact.email != now.email:
        address = [{"address": contact.email, "name": _name(contact)}] if contact.email else []
        written["emailAddresses"] = [*address, *row.get("emailAddresses", [])[1:]]
    for ours, theirs in _LISTS.items():
        if getattr(contact, ours) != getattr(now, ours):
            number = [getattr(contact, ours)] if getattr(contact, ours) else []
            written[theirs] = [*number, *row.get(theirs, [])[1:]]
    if contact.cell_number != now.cell_number:
        written["mobilePhone"] = contact.cell_number
    return written


def event_of(row: Json, account: str) -> ProviderEvent:
    """Return an event as ours. Rooms and the user (`account`) are no attendees."""
    zone = iana(row.get("originalStartTimeZone"))
    all_day = bool(row.get("isAllDay"))
    return ProviderEvent(
        id=row["id"],
        revision=row["@odata.etag"],
        name=row.get("subject") or "",
        notes=_plain((row.get("body") or {}).get("content") or ""),
        start=_moment(row["start"], zone, all_day),
        end=_moment(row["end"], zone, all_day),
        timezone=zone,
        location=(row.get("location") or {}).get("displayName") or "",
        attendees=tuple(_address(each) for each in row.get("attendees", []) if _is_guest(each, account)),
        all_day=all_day,
    )


def new_event(event: ProviderEvent) -> Json:
    """Return the body of a new event."""
    return {
        "subject": event.name,
        "body": {"contentType": "text", "content": event.notes},
        "location": {"displayName": event.location},
        "attendees": [_guest(address) for address in event.attendees],
        **_times(event),
    }


def changed_event(row: Json, event: ProviderEvent, account: str) -> Json:
    """Return what is to be written so that the row becomes this event: only what differs. Rooms and the user stay."""
    now, new = event_of(row, account), new_event(event)
    written: Json = {}
    if event.name != now.name:
        written["subject"] = new["subject"]
    if _plain(event.notes) != now.notes:
        written["body"] = new["body"]
    if event.location != now.location:
        written["location"] = new["location"]
    if set(event.attendees) != set(now.attendees):
        written["attendees"] = list(_guests(row.get("attendees", []), event.attendees, account))
    if _when(event) != _when(now):
        written |= _times(event)
    return written


def _when(event: ProviderEvent) -> tuple[object, ...]:
    return event.start, event.end, event.all_day, windows(event.timezone)


def _times(event: ProviderEvent) -> Json:
    if event.start is None or event.end is None:
        raise ProviderError("Office 365: an event needs a start and an end")
    return {
        "start": _time(event.start, event),
        "end": _time(event.end, event),
        "isAllDay": event.all_day,
    }


def _time(moment: datetime, event: ProviderEvent) -> Json:
    """Write a time by the Windows name of its zone; in UTC if the zone has none. A whole day is a midnight."""
    zone = iana(event.timezone)
    name = windows(zone)
    local = moment.astimezone(ZoneInfo(zone))
    if event.all_day:
        local = datetime.combine(local.date(), time())
    elif name == "UTC":
        local = moment.astimezone(UTC)
    return {"dateTime": local.replace(tzinfo=None).isoformat(timespec="seconds"), "timeZone": name}


def _moment(written: Json, zone: str, all_day: bool) -> datetime:
    """Read a time. A whole day is a midnight of the event's own zone, whichever zone the answer is in."""
    naive = datetime.fromisoformat(written["dateTime"])
    if all_day and naive.time() == time():
        return naive.replace(tzinfo=ZoneInfo(zone))
    return naive.replace(tzinfo=ZoneInfo(iana(written.get("timeZone")))).astimezone(ZoneInfo(zone))


def _plain(text: str) -> str:
    """Return a text as it is however Outlook ends its lines."""
    return text.replace("\r\n", "\n").strip()


def _guest(address: str) -> Json:
    return {"emailAddress": {"address": address}, "type": "required"}


def _guests(old: list[Json], addresses: Iterable[str], account: str) -> Iterable[Json]:
    known = {_address(each): each for each in old if _is_guest(each, account)}
    yield from (each for each in old if not _is_guest(each, account))
    yield from (known.get(address, _guest(address)) for address in addresses)


def _is_guest(attendee: Json, account: str) -> bool:
    return attendee.get("type") != "resource" and _address(attendee) not in ("", account)


def _address(attendee: Json) -> str:
    return str((attendee.get("emailAddress") or {}).get("address") or "").lower()


def _first(numbers: list[str]) -> str | None:
    return next(iter(numbers), None) or None


def _name(contact: ProviderContact) -> str:
    return f"{contact.first_name} {contact.last_name}".strip()
