"""Google's events: lists of changes, times, guests, conflicts, and watches."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from providers.integrations import Conflict, CursorExpired, ProviderError, ProviderEvent
from tests.support.providers.connecting import ANN, Connected, connected
from tests.support.providers.google import FakeGoogle

pytestmark = pytest.mark.unit

TORONTO = ZoneInfo("America/Toronto")
TIMES = {
    "start": {"dateTime": "2027-03-01T10:00:00-05:00", "timeZone": "America/Toronto"},
    "end": {"dateTime": "2027-03-01T11:00:00-05:00", "timeZone": "America/Toronto"},
}
MEETING = ProviderEvent(
    name="Grüße 会議",
    notes="Room 1234, PIN 5678",
    start=datetime(2027, 3, 1, 15, tzinfo=UTC),
    end=datetime(2027, 3, 1, 16, tzinfo=UTC),
    timezone="America/Toronto",
    location="Zürich",
    attendees=("bob@example.com", "zoe@example.com"),
)


@pytest.fixture
def ann(google: FakeGoogle) -> Connected:
    return connected(google.settings, "google", google.oauth.code(ANN))


def only(ann: Connected) -> ProviderEvent:
    (event,) = ann.integration.events(None).rows
    return event


def test_all_pages_are_read_and_then_only_changes(google: FakeGoogle, ann: Connected) -> None:
    google.page_size = 2
    for number in range(5):
        google.put_event(ANN, f"e{number}", summary=f"Event {number}", **TIMES)
    first = ann.integration.events(None)
    assert [row.name for row in first.rows] == [f"Event {number}" for number in range(5)]
    google.put_event(ANN, "e1", summary="Moved", **TIMES)
    google.mailbox(ANN).events.remove("e2")
    changes = ann.integration.events(first.cursor)
    assert [row.name for row in changes.rows] == ["Moved"]
    assert changes.deleted == ["e2"]
    again = ann.integration.events(changes.cursor)
    assert (again.rows, again.deleted) == ([], [])


def test_the_first_list_begins_30_days_ago_and_has_an_end(google: FakeGoogle, ann: Connected) -> None:
    ann.integration.events(None)
    (request,) = google.requests
    first, last = (datetime.fromisoformat(request.args[name]) for name in ("timeMin", "timeMax"))
    assert timedelta(days=30) <= datetime.now(UTC) - first < timedelta(days=31)
    assert last - first == timedelta(days=430)


def test_a_cursor_that_expired_is_told(google: FakeGoogle, ann: Connected) -> None:
    cursor = ann.integration.events(None).cursor
    google.mailbox(ANN).events.forget()
    with pytest.raises(CursorExpired):
        ann.integration.events(cursor)


def test_a_cursor_of_an_old_window_has_expired(google: FakeGoogle, ann: Connected) -> None:
    day, token = ann.integration.events(None).cursor.split(" ")
    for days, expired in ((30, False), (31, True)):
        old = f"{datetime.fromisoformat(day) - timedelta(days=days):%Y-%m-%d} {token}"
        if expired:
            with pytest.raises(CursorExpired):
                ann.integration.events(old)
        else:
            assert ann.integration.events(old).cursor.startswith(old.split(" ")[0])
    with pytest.raises(CursorExpired):
        ann.integration.events("no cursor of ours")


def test_times_are_in_the_events_zone(google: FakeGoogle, ann: Connected) -> None:
    google.put_event(ANN, "e1", summary="Now", **TIMES)
    event = only(ann)
    assert event.start == datetime(2027, 3, 1, 10, tzinfo=TORONTO)
    assert event.end == datetime(2027, 3, 1, 11, tzinfo=TORONTO)
    assert (event.timezone, event.all_day) == ("America/Toronto", False)


def test_an_event_without_a_zone_has_the_calendars(google: FakeGoogle, ann: Connected) -> None:
    times = {name: {"dateTime": time["dateTime"]} for name, time in TIMES.items()}
    google.put_event(ANN, "e1", **times)
    assert only(ann).timezone == "America/Toronto"


def test_a_whole_day_is_one_of_the_calendars_zone(google: FakeGoogle, ann: Connected) -> None:
    google.put_event(ANN, "e1", summary="Fête", start={"date": "2027-03-14"}, end={"date": "2027-03-15"})
    event = only(ann)
    assert event.all_day
    assert event.start == datetime(2027, 3, 14, tzinfo=TORONTO)
    assert event.end == datetime(2027, 3, 15, tzinfo=TORONTO)
    assert event.end - event.start == timedelta(days=1)
    moved = replace(event, start=event.start + timedelta(days=1), end=event.end + timedelta(days=1))
    ann.integration.update_event(moved)
    assert google.mailbox(ANN).events.rows["e1"]["start"] == {"date": "2027-03-15"}


def test_instances_of_a_series_are_events(google: FakeGoogle, ann: Connected) -> None:
    for day in (1, 8):
        times = {
            name: {"dateTime": f"2027-03-{day:02}T1{hour}:00:00Z"}
            for hour, name in enumerate(("start", "end"))
        }
        google.put_event(ANN, f"series_202703{day:02}T100000Z", recurringEventId="series", **times)
    assert [row.id for row in ann.integration.events(None).rows] == [
        "series_20270301T100000Z",
        "series_20270308T100000Z",
    ]


def test_what_is_no_appointment_is_left_out(google: FakeGoogle, ann: Connected) -> None:
    for kind in ("birthday", "workingLocation", "outOfOffice", "focusTime", "fromGmail"):
        google.put_event(ANN, kind, **{**TIMES, "eventType": kind})
    assert only(ann).id == "fromGmail"


def test_an_event_is_created_and_its_guests_are_invited(google: FakeGoogle, ann: Connected) -> None:
    made = ann.integration.create_event(MEETING)
    assert made == replace(MEETING, id=made.id, revision=made.revision)
    assert made == only(ann)
    assert google.mailbox(ANN).events.rows[made.id] == {
        "status": "confirmed",
        "eventType": "default",
        "summary": "Grüße 会議",
        "description": "Room 1234, PIN 5678",
        "location": "Zürich",
        "attendees": [{"email": "bob@example.com"}, {"email": "zoe@example.com"}],
        **TIMES,
    }


def test_a_change_writes_only_what_differs(google: FakeGoogle, ann: Connected) -> None:
    room = {"email": "room@resource.example.com", "resource": True}
    me = {"email": ANN, "self": True, "responseStatus": "accepted"}
    bob = {"email": "Bob@example.com", "responseStatus": "accepted", "displayName": "Bob"}
    google.put_event(
        ANN, "e1", summary="Old", hangoutLink="https://meet.example/x", attendees=[room, me, bob], **TIMES
    )
    event = only(ann)
    assert event.attendees == ("bob@example.com",)
    after = ann.integration.update_event(
        replace(event, name="New", attendees=("bob@example.com", "zoe@example.com"))
    )
    assert (after.name, after.attendees) == ("New", ("bob@example.com", "zoe@example.com"))
    assert google.requests[-1].get_json() == {
        "summary": "New",
        "attendees": [room, me, bob, {"email": "zoe@example.com"}],
    }
    assert google.mailbox(ANN).events.rows["e1"]["hangoutLink"] == "https://meet.example/x"


def test_nothing_is_written_and_no_mail_sent_if_nothing_changed(google: FakeGoogle, ann: Connected) -> None:
    made = ann.integration.create_event(MEETING)
    assert ann.integration.update_event(made) == made
    assert google.requests[-1].method == "GET"


def test_an_event_becomes_one_of_whole_days_and_back(google: FakeGoogle, ann: Connected) -> None:
    made = ann.integration.create_event(MEETING)
    day = datetime(2027, 3, 1, tzinfo=TORONTO)
    whole = ann.integration.update_event(replace(made, all_day=True, start=day, end=day + timedelta(days=1)))
    assert google.mailbox(ANN).events.rows[made.id]["end"] == {"date": "2027-03-02"}
    assert whole.all_day
    ann.integration.update_event(replace(whole, all_day=False, start=made.start, end=made.end))
    assert google.mailbox(ANN).events.rows[made.id]["start"] == TIMES["start"]


def test_an_event_that_changed_meanwhile_is_a_conflict(google: FakeGoogle, ann: Connected) -> None:
    made = ann.integration.create_event(MEETING)
    google.put_event(ANN, made.id, summary="Theirs", **TIMES)
    with pytest.raises(Conflict):
        ann.integration.update_event(replace(made, name="Ours"))
    with pytest.raises(Conflict, match="conditionNotMet"):
        ann.integration.delete_event(made.id, made.revision)
    assert only(ann).name == "Theirs"


def test_an_event_that_is_gone(google: FakeGoogle, ann: Connected) -> None:
    made = ann.integration.create_event(MEETING)
    ann.integration.delete_event(made.id, made.revision)
    assert ann.integration.events(None).rows == []
    ann.integration.delete_event(made.id, made.revision)
    ann.integration.delete_event("never", '"1"')
    with pytest.raises(Conflict):
        ann.integration.update_event(replace(made, name="Ours"))


def test_an_event_needs_times(ann: Connected) -> None:
    with pytest.raises(ProviderError, match="a start and an end"):
        ann.integration.create_event(ProviderEvent(name="When?"))


def test_events_are_watched(google: FakeGoogle, ann: Connected) -> None:
    watch = ann.integration.watch("events", "https://api.example.com/hooks/google", "the secret")
    assert watch is not None
    ((url, headers),) = google.notifications(ANN)
    assert url == "https://api.example.com/hooks/google"
    assert (headers["X-Goog-Channel-ID"], headers["X-Goog-Channel-Token"]) == (watch.id, "the secret")
    assert watch.expires_at == datetime(2030, 1, 1, tzinfo=UTC)
    assert "the secret" not in repr(watch)
    ann.integration.unwatch(watch)
    assert google.channels == {}
    ann.integration.unwatch(watch)
