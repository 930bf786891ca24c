"""Exchange's contacts and events as ours, and back.

https://learn.microsoft.com/en-us/exchange/client-developer/web-service-reference/contact
https://learn.microsoft.com/en-us/exchange/client-developer/web-service-reference/calendaritem
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from exchangelib import Body, EWSDate, EWSDateTime, EWSTimeZone, Mailbox
from exchangelib.errors import UnknownTimeZone
from exchangelib.indexed_properties import EmailAddress, PhoneNumber
from exchangelib.items import CalendarItem, Contact
from exchangelib.properties import Attendee

from providers.integrations.base import ProviderContact, ProviderError, ProviderEvent
from providers.integrations.zones import iana

CONTACT_FIELDS = ("given_name", "surname", "display_name", "company_name", "email_addresses", "phone_numbers")
EVENT_FIELDS = (
    "subject", "text_body", "start", "end", "is_all_day", "location", "is_cancelled", "required_attendees",
    "optional_attendees", "_start_timezone", "_end_timezone",
)  # fmt: skip

_NUMBERS = {"work_number": "BusinessPhone", "home_number": "HomePhone", "cell_number": "MobilePhone"}
_ADDRESS = "EmailAddress1"


def contact_of(item: Contact) -> ProviderContact:
    """Return a contact as ours. One without a name is called as Outlook displays it, or as its company."""
    first, last = item.given_name or "", item.surname or ""
    numbers = _by_label(item.phone_numbers, "phone_number")
    return ProviderContact(
        id=item.id,
        revision=item.changekey,
        first_name=first if first or last else item.display_name or item.company_name or "",
        last_name=last,
        email=_by_label(item.email_addresses, "email").get(_ADDRESS),
        **{ours: numbers.get(label) for ours, label in _NUMBERS.items()},
    )


def write_contact(item: Contact, contact: ProviderContact) -> list[str]:
    """Make the item this contact. Returns the names of the fields that changed. Entries that are not ours stay."""
    now = contact_of(item)
    fields: list[str] = []
    if (contact.first_name, contact.last_name) != (now.first_name, now.last_name):
        item.given_name, item.surname = contact.first_name or None, contact.last_name or None
        item.display_name = f"{contact.first_name} {contact.last_name}".strip()
        fields += ["given_name", "surname", "display_name"]
    if contact.email != now.email:
        others = [each for each in item.email_addresses or () if each.label != _ADDRESS]
        ours = [EmailAddress(label=_ADDRESS, email=contact.email)] if contact.email else []
        item.email_addresses = ours + others
        fields.append("email_addresses")
    numbers = {
        name: label for name, label in _NUMBERS.items() if getattr(contact, name) != getattr(now, name)
    }
    if numbers:
        others = [each for each in item.phone_numbers or () if each.label not in numbers.values()]
        new = {label: getattr(contact, name) for name, label in numbers.items() if getattr(contact, name)}
        item.phone_numbers = others + [PhoneNumber(label=label, phone_number=new[label]) for label in new]
        fields.append("phone_numbers")
    return fields


def event_of(item: CalendarItem, account: str) -> ProviderEvent:
    """Return an event as ours. Rooms and the user (`account`) are no attendees."""
    zone = iana(item._start_timezone.key if item._start_timezone else None)
    return ProviderEvent(
        id=item.id,
        revision=item.changekey,
        name=item.subject or "",
        notes=_plain(item.text_body or ""),
        start=_moment(item.start, zone),
        # Exchange's last day belongs to the event, ours does not.
        end=_moment(item.end + timedelta(days=1) if item.is_all_day else item.end, zone),
        timezone=zone,
        location=item.location or "",
        attendees=tuple(_address(each) for each in _attendees(item) if _is_guest(each, account)),
        all_day=bool(item.is_all_day),
    )


def write_event(item: CalendarItem, event: ProviderEvent, account: str) -> list[str]:
    """Make the item this event. Returns the names of the fields that changed. Attendees keep their answers."""
    now = event_of(item, account) if item.id else ProviderEvent()
    fields: list[str] = []
    if event.name != now.name:
        item.subject = event.name
        fields.append("subject")
    if _plain(event.notes) != now.notes:
        item.body = Body(event.notes)
        fields.append("body")
    if event.location != now.location:
        item.location = event.location or None
        fields.append("location")
    if set(event.attendees) != set(now.attendees):
        fields += _write_attendees(item, event.attendees, account)
    if not item.id or _when(event) != _when(now):
        _write_times(item, event)
        fields += ["is_all_day", "start", "end"]
    return fields


def has_guests(item: CalendarItem) -> bool:
    return bool(_attendees(item))


def _write_attendees(item: CalendarItem, addresses: Iterable[str], account: str) -> list[str]:
    wanted = set(addresses)
    known = {_address(each) for each in _attendees(item)}
    new = [Attendee(mailbox=Mailbox(email_address=address)) for address in addresses if address not in known]
    kept = {
        name: [
            each
            for each in getattr(item, name) or ()
            if not _is_guest(each, account) or _address(each) in wanted
        ]
        for name in ("required_attendees", "optional_attendees")
    }
    kept["required_attendees"] += new
    changed = [name for name, attendees in kept.items() if attendees != (getattr(item, name) or [])]
    for name in changed:
        setattr(item, name, kept[name] or None)
    return changed


def _write_times(item: CalendarItem, event: ProviderEvent) -> None:
    if event.start is None or event.end is None:
        raise ProviderError("Exchange: an event needs a start and an end")
    zone = _zone(event.timezone)
    # exchangelib knows no zone that is a mere offset.
    moments = (moment.astimezone(UTC) for moment in (event.start, event.end))
    start, end = (EWSDateTime.from_datetime(moment).astimezone(zone) for moment in moments)
    item.is_all_day = event.all_day
    item._start_timezone = item._end_timezone = zone
    item.start, item.end = (_day(start), _day(end - timedelta(days=1))) if event.all_day else (start, end)


def _when(event: ProviderEvent) -> tuple[object, ...]:
    # Several IANA zones have one name at Exchange.
    return event.start, event.end, event.all_day, _zone(event.timezone).ms_id


def _zone(name: str) -> EWSTimeZone:
    try:
        return EWSTimeZone(iana(name))
    except UnknownTimeZone:
        return EWSTimeZone("UTC")


def _day(moment: datetime) -> EWSDate:
    return EWSDate(moment.year, moment.month, moment.day)


def _moment(value: date | datetime, zone: str) -> datetime:
    """Return a plain datetime: exchangelib's own is compared and printed in another way."""
    if not isinstance(value, datetime):
        return datetime.combine(date(value.year, value.month, value.day), time(), ZoneInfo(zone))
    return datetime.fromisoformat(value.isoformat()).astimezone(ZoneInfo(zone))


def _attendees(item: CalendarItem) -> list[Attendee]:
    return [*(item.required_attendees or ()), *(item.optional_attendees or ())]


def _is_guest(attendee: Attendee, account: str) -> bool:
    return _address(attendee) not in ("", account)


def _address(attendee: Attendee) -> str:
    return str(attendee.mailbox.email_address or "").lower()


def _by_label(entries: Iterable[Any] | None, value: str) -> dict[str, str]:
    return {entry.label: getattr(entry, value) for entry in entries or () if getattr(entry, value)}


def _plain(text: str) -> str:
    """Return a text as it is however Exchange ends its lines."""
    return text.replace("\r\n", "\n").strip()
