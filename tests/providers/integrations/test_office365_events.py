"""Office 365's events: changes, series, time zones with Windows' names, guests and conflicts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from providers.integrations import Conflict, CursorExpired, ProviderError, ProviderEvent
from providers.integrations.zones import iana, windows
from tests.support.providers.connecting import ANN, Connected, connected
from tests.support.providers.microsoft import FakeMicrosoft

pytestmark = pytest.mark.unit

TORONTO = ZoneInfo("America/Toronto")
EASTERN = "Eastern Standard Time"


def at(hour: int, day: int = 1, zone: str = EASTERN) -> dict[str, str]:
    return {"dateTime": f"2027-03-{day:02}T{hour:02}:00:00", "timeZone": zone}


TIMES = {"start": at(10), "end": at(11)}
MEETING = ProviderEvent(
    name="Grüße 会議",
    notes="Room 1234\nPIN 5678",
    start=datetime(2027, 3, 1, 15, tzinfo=UTC),
    end=datetime(2027, 3, 1, 16, tzinfo=UTC),
    timezone="America/Toronto",
    location="Zürich",
    attendees=("bob@example.com", "zoe@example.com"),
)


@pytest.fixture
def ann(microsoft: FakeMicrosoft) -> Connected:
    made = connected(microsoft.settings, "office365", microsoft.oauth.code(ANN))
    microsoft.requests.clear()
    return made


def only(ann: Connected) -> ProviderEvent:
    (event,) = ann.integration.events(None).rows
    return event


def test_all_pages_are_read_and_then_only_changes(microsoft: FakeMicrosoft, ann: Connected) -> None:
    microsoft.page_size = 2
    for number in range(5):
        microsoft.put_event(ANN, f"AAMk{number}", subject=f"Event {number}", **TIMES)
    first = ann.integration.events(None)
    assert [row.name for row in first.rows] == [f"Event {number}" for number in range(5)]
    microsoft.put_event(ANN, "AAMk1", subject="Moved", **TIMES)
    microsoft.mailbox(ANN).events.remove("AAMk2")
    changes = ann.integration.events(first.cursor)
    assert [row.name for row in changes.rows] == ["Moved"]
    assert changes.deleted == ["AAMk2"]
    again = ann.integration.events(changes.cursor)
    assert (again.rows, again.deleted) == ([], [])


def test_the_first_list_begins_30_days_ago(microsoft: FakeMicrosoft, ann: Connected) -> None:
    ann.integration.events(None)
    asked = microsoft.requests[0].args
    first, last = (datetime.fromisoformat(asked[name]) for name in ("startDateTime", "endDateTime"))
    assert timedelta(days=30) <= datetime.now(UTC) - first < timedelta(days=31)
    assert last - first == timedelta(days=430)


def test_a_cursor_that_expired_is_told(microsoft: FakeMicrosoft, ann: Connected) -> None:
    cursor = ann.integration.events(None).cursor
    day, link = cursor.split(" ")
    with pytest.raises(CursorExpired):
        ann.integration.events(f"{datetime.fromisoformat(day) - timedelta(days=31):%Y-%m-%d} {link}")
    microsoft.mailbox(ANN).events.forget()
    with pytest.raises(CursorExpired):
        ann.integration.events(cursor)


@pytest.mark.parametrize(
    ("zone", "name", "hour"),
    [
        (EASTERN, "America/New_York", 15),
        ("W. Europe Standard Time", "Europe/Berlin", 9),
        ("India Standard Time", "Asia/Calcutta", 4),
        ("Asia/Tokyo", "Asia/Tokyo", 1),
        ("UTC", "UTC", 10),
    ],
)
def test_times_are_in_the_events_zone(
    microsoft: FakeMicrosoft, ann: Connected, zone: str, name: str, hour: int
) -> None:
    microsoft.put_event(ANN, "AAMk1", start=at(10, zone=zone), end=at(11, zone=zone))
    event = only(ann)
    assert (event.timezone, event.all_day) == (name, False)
    assert event.start is not None
    assert event.start == datetime(2027, 3, 1, 10, tzinfo=ZoneInfo(name))
    assert event.start.astimezone(UTC).hour == hour


def test_names_of_zones() -> None:
    assert [iana(name) for name in ("Pacific Standard Time", "Europe/Paris", "tzone://Microsoft/Custom", "", None)] == [
        "America/Los_Angeles", "Europe/Paris", "UTC", "UTC", "UTC",
    ]  # fmt: skip
    assert iana("../../etc/passwd", "Europe/Paris") == "Europe/Paris"
    assert [windows(name) for name in ("America/Toronto", "Asia/Kolkata", "UTC", "Nowhere/City")] == [
        "Eastern Standard Time", "India Standard Time", "UTC", "UTC",
    ]  # fmt: skip


def test_a_whole_day_is_one_of_the_events_zone(microsoft: FakeMicrosoft, ann: Connected) -> None:
    microsoft.put_event(ANN, "AAMk1", subject="Fête", isAllDay=True, start=at(0, 14), end=at(0, 15))
    event = only(ann)
    assert event.all_day
    assert event.start == datetime(2027, 3, 14, tzinfo=TORONTO)
    assert event.end == datetime(2027, 3, 15, tzinfo=TORONTO)
    ann.integration.update_event(replace(event, start=datetime(2027, 3, 13, tzinfo=TORONTO)))
    assert microsoft.requests[-1].get_json() == {"start": at(0, 13), "end": at(0, 15), "isAllDay": True}


def series(microsoft: FakeMicrosoft, days: tuple[int, ...], **fields: Any) -> None:
    times = [(at(10, day), at(11, day)) for day in days]
    attendees = [{"emailAddress": {"address": "Bob@example.com"}, "type": "required"}]
    microsoft.put_series(ANN, "series", times, **{"subject": "Weekly", "attendees": attendees, **fields})


def test_events_of_a_series_have_what_the_series_has(microsoft: FakeMicrosoft, ann: Connected) -> None:
    microsoft.page_size = 3
    series(microsoft, (1, 8, 15, 22))
    found = ann.integration.events(None)
    assert [(row.id, row.name, row.attendees) for row in found.rows] == [
        (f"series-{number}", "Weekly", ("bob@example.com",)) for number in (1, 2, 3, 4)
    ]
    assert found.rows[1].start == datetime(2027, 3, 8, 10, tzinfo=TORONTO)


def test_a_changed_series_changes_its_events(microsoft: FakeMicrosoft, ann: Connected) -> None:
    series(microsoft, (1, 8))
    cursor = ann.integration.events(None).cursor
    store = microsoft.mailbox(ANN).events
    store.put("series", {**store.rows["series"], "subject": "Monthly"})
    changes = ann.integration.events(cursor)
    assert [(row.id, row.name) for row in changes.rows] == [("series-1", "Monthly"), ("series-2", "Monthly")]
    store.remove("series-2")
    changes = ann.integration.events(changes.cursor)
    assert (changes.rows, changes.deleted) == ([], ["series-2"])
    for id in ("series-1", "series"):
        store.remove(id)
    assert set(ann.integration.events(changes.cursor).deleted) == {"series-1", "series"}


def test_one_event_of_a_series_is_changed(microsoft: FakeMicrosoft, ann: Connected) -> None:
    series(microsoft, (1, 8))
    event = ann.integration.events(None).rows[1]
    after = ann.integration.update_event(replace(event, name="This time elsewhere"))
    assert after.name == "This time elsewhere"
    assert [row.name for row in ann.integration.events(None).rows] == ["Weekly", "This time elsewhere"]


def test_a_cancelled_meeting_is_deleted(microsoft: FakeMicrosoft, ann: Connected) -> None:
    microsoft.put_event(ANN, "AAMk1", subject="Canceled: Meeting", isCancelled=True, **TIMES)
    changes = ann.integration.events(None)
    assert (changes.rows, changes.deleted) == ([], ["AAMk1"])


def test_an_event_is_created_and_its_guests_are_invited(microsoft: FakeMicrosoft, ann: Connected) -> None:
    made = ann.integration.create_event(MEETING)
    assert made == replace(MEETING, id=made.id, revision=made.revision, timezone="America/New_York")
    assert made == only(ann)
    assert microsoft.requests[0].get_json() == {
        "subject": "Grüße 会議",
        "body": {"contentType": "text", "content": "Room 1234\nPIN 5678"},
        "location": {"displayName": "Zürich"},
        "attendees": [
            {"emailAddress": {"address": "bob@example.com"}, "type": "required"},
            {"emailAddress": {"address": "zoe@example.com"}, "type": "required"},
        ],
        "isAllDay": False,
        **TIMES,
    }


def test_a_zone_without_a_windows_name_is_written_in_utc(microsoft: FakeMicrosoft, ann: Connected) -> None:
    ann.integration.create_event(replace(MEETING, timezone="Antarctica/Troll"))
    assert microsoft.requests[-1].get_json()["start"] == at(15, zone="UTC")


def test_a_change_writes_only_what_differs(microsoft: FakeMicrosoft, ann: Connected) -> None:
    def invited(address: str, kind: str = "required") -> dict[str, Any]:
        return {
            "type": kind,
            "status": {"response": "accepted"},
            "emailAddress": {"address": address, "name": "X"},
        }

    attendees = [
        invited("room@example.com", "resource"),
        invited("Ann@example.com"),
        invited("Bob@example.com"),
    ]
    body = {"contentType": "html", "content": "Join here"}
    microsoft.put_event(ANN, "AA/+=", subject="Old", body=body, attendees=attendees, **TIMES)
    event = only(ann)
    assert event.attendees == ("bob@example.com",)
    new = replace(event, name="New", attendees=("zoe@example.com", "bob@example.com"))
    after = ann.integration.update_event(new)
    assert (after.name, set(after.attendees)) == ("New", {"bob@example.com", "zoe@example.com"})
    assert microsoft.requests[-1].get_json() == {
        "subject": "New",
        "attendees": [
            attendees[0],
            attendees[1],
            {"emailAddress": {"address": "zoe@example.com"}, "type": "required"},
            attendees[2],
        ],
    }


def test_nothing_is_written_and_no_mail_sent_if_nothing_changed(
    microsoft: FakeMicrosoft, ann: Connected
) -> None:
    made = ann.integration.create_event(MEETING)
    assert ann.integration.update_event(made) == made
    assert ann.integration.update_event(replace(made, timezone="America/Toronto")) == made
    assert [request.method for request in microsoft.requests] == ["POST", "GET", "GET"]


def test_every_field_can_change(microsoft: FakeMicrosoft, ann: Connected) -> None:
    made = ann.integration.create_event(MEETING)
    day = datetime(2027, 4, 1, tzinfo=ZoneInfo("Europe/Berlin"))
    changed = ProviderEvent(
        id=made.id, revision=made.revision, name="", notes="", location="", attendees=(), all_day=True,
        start=day, end=day + timedelta(days=1), timezone="Europe/Berlin",
    )  # fmt: skip
    after = ann.integration.update_event(changed)
    assert after == replace(changed, revision=after.revision)


def test_an_event_that_changed_meanwhile_is_a_conflict(microsoft: FakeMicrosoft, ann: Connected) -> None:
    made = ann.integration.create_event(MEETING)
    microsoft.put_event(ANN, made.id, subject="Theirs", **TIMES)
    with pytest.raises(Conflict):
        ann.integration.update_event(replace(made, name="Ours"))
    with pytest.raises(Conflict):
        ann.integration.delete_event(made.id, made.revision)
    assert only(ann).name == "Theirs"


def test_an_event_that_is_gone(microsoft: FakeMicrosoft, ann: Connected) -> None:
    made = ann.integration.create_event(MEETING)
    ann.integration.delete_event(made.id, made.revision)
    assert ann.integration.events(None).rows == []
    ann.integration.delete_event(made.id, made.revision)
    with pytest.raises(Conflict):
        ann.integration.update_event(replace(made, name="Ours"))


def test_an_event_needs_times(ann: Connected) -> None:
    with pytest.raises(ProviderError, match="a start and an end"):
        ann.integration.create_event(ProviderEvent(name="When?"))
