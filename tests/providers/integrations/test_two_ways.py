"""What a synchronization relies on, with each provider: changes go both ways, and neither side loses one.

The user works with their own connection, as on another device.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from providers.integrations import Conflict, CursorExpired, Integration, ProviderContact, ProviderEvent
from tests.support.providers.connecting import ANN, connected
from tests.support.providers.exchange import FakeExchange
from tests.support.providers.google import FakeGoogle
from tests.support.providers.mailboxes import Mailbox
from tests.support.providers.microsoft import FakeMicrosoft

pytestmark = [pytest.mark.unit, pytest.mark.long]

START = datetime.now(UTC).replace(microsecond=0) + timedelta(days=3)
CONTACT = ProviderContact(
    first_name="Zoë",
    last_name="李",
    email="zoe@example.com",
    work_number="+14165550100",
    home_number="+14165550101",
)
EVENT = ProviderEvent(
    name="Meeting", notes="Room 1234\nPIN 5678", start=START, end=START + timedelta(hours=1), timezone="UTC",
    location="Zürich", attendees=("bob@example.com", "zoe@example.com"),
)  # fmt: skip


@dataclass
class Sides:
    """Our connection, the user's own, and what the provider keeps."""

    ours: Integration
    users: Integration
    mailbox: Mailbox


@pytest.fixture(params=["google", "office365", "microsoft"])
def sides(request: pytest.FixtureRequest) -> Sides:
    fake: FakeGoogle | FakeMicrosoft | FakeExchange
    if request.param == "microsoft":
        fake = request.getfixturevalue("exchange")
        fake.passwords[ANN] = "password"
        both = [connected(fake.settings, "microsoft", "password", email=ANN) for _ in range(2)]
    else:
        fake = request.getfixturevalue("google" if request.param == "google" else "microsoft")
        both = [connected(fake.settings, request.param, fake.oauth.code(ANN)) for _ in range(2)]
    return Sides(both[0].integration, both[1].integration, fake.mailbox(ANN))


def test_a_contact_of_ours_comes_back_as_it_was_sent(sides: Sides) -> None:
    cursor = sides.ours.contacts(None).cursor
    made = sides.ours.create_contact(CONTACT)
    assert made == replace(CONTACT, id=made.id, revision=made.revision)
    changes = sides.ours.contacts(cursor)
    assert (changes.rows, changes.deleted) == ([made], [])
    updated = sides.ours.update_contact(replace(made, cell_number="+14165550102", email=None))
    assert sides.ours.contacts(changes.cursor).rows == [updated]


def test_contacts_change_on_both_sides(sides: Sides) -> None:
    made = sides.ours.create_contact(CONTACT)
    cursor = sides.ours.contacts(None).cursor
    theirs = sides.users.update_contact(replace(made, last_name="Müller"))
    with pytest.raises(Conflict):
        sides.ours.update_contact(replace(made, work_number="+14165550199"))
    changes = sides.ours.contacts(cursor)
    assert changes.rows == [theirs]
    merged = sides.ours.update_contact(replace(changes.rows[0], work_number="+14165550199"))
    assert (merged.last_name, merged.work_number) == ("Müller", "+14165550199")
    with pytest.raises(Conflict):
        sides.users.delete_contact(theirs.id, theirs.revision)
    sides.users.delete_contact(merged.id, merged.revision)
    last = sides.ours.contacts(changes.cursor)
    assert (last.rows, last.deleted) == ([], [made.id])
    with pytest.raises(Conflict):
        sides.ours.update_contact(merged)
    sides.ours.delete_contact(merged.id, merged.revision)


def test_an_event_of_ours_comes_back_as_it_was_sent(sides: Sides) -> None:
    cursor = sides.ours.events(None).cursor
    made = sides.ours.create_event(EVENT)
    assert made == replace(EVENT, id=made.id, revision=made.revision)
    changes = sides.ours.events(cursor)
    assert (changes.rows, changes.deleted) == ([made], [])
    updated = sides.ours.update_event(replace(made, attendees=("zoe@example.com",), notes="", location=""))
    assert (updated.attendees, updated.notes, updated.location) == (("zoe@example.com",), "", "")
    assert sides.ours.events(changes.cursor).rows == [updated]


def test_times_may_have_any_zone(sides: Sides) -> None:
    offset = START.astimezone(timezone(timedelta(hours=-3, minutes=-30)))
    made = sides.ours.create_event(replace(EVENT, start=offset, end=offset + timedelta(hours=1)))
    assert (made.start, made.timezone) == (START, "UTC")
    assert sides.ours.update_event(replace(made, start=offset)) == made


def test_events_change_on_both_sides(sides: Sides) -> None:
    made = sides.ours.create_event(EVENT)
    cursor = sides.ours.events(None).cursor
    later = replace(made, start=START + timedelta(hours=2), end=START + timedelta(hours=3))
    theirs = sides.users.update_event(later)
    with pytest.raises(Conflict):
        sides.ours.update_event(replace(made, name="Ours"))
    with pytest.raises(Conflict):
        sides.ours.delete_event(made.id, made.revision)
    changes = sides.ours.events(cursor)
    assert changes.rows == [theirs]
    merged = sides.ours.update_event(replace(changes.rows[0], name="Ours"))
    assert (merged.name, merged.start) == ("Ours", START + timedelta(hours=2))
    sides.users.delete_event(merged.id, merged.revision)
    last = sides.ours.events(changes.cursor)
    assert (last.rows, last.deleted) == ([], [made.id])
    sides.ours.delete_event(merged.id, merged.revision)


def test_a_whole_list_begins_30_days_ago(sides: Sides) -> None:
    for days in (-60, -10, 300):
        start = START + timedelta(days=days)
        sides.users.create_event(replace(EVENT, name=str(days), start=start, end=start + timedelta(hours=1)))
    assert [row.name for row in sides.ours.events(None).rows] == ["-10", "300"]


def test_after_an_expired_cursor_everything_comes_once_more(sides: Sides) -> None:
    contact, event = sides.ours.create_contact(CONTACT), sides.ours.create_event(EVENT)
    cursors = sides.ours.contacts(None).cursor, sides.ours.events(None).cursor
    for store in (sides.mailbox.contacts, sides.mailbox.events):
        store.forget()
    with pytest.raises(CursorExpired):
        sides.ours.contacts(cursors[0])
    with pytest.raises(CursorExpired):
        sides.ours.events(cursors[1])
    assert sides.ours.contacts(None).rows == [contact]
    assert sides.ours.events(None).rows == [event]
