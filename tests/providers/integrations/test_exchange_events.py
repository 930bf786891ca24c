"""Exchange's events: changes, series, times, guests and conflicts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from providers.integrations import Conflict, CursorExpired, ProviderError, ProviderEvent
from tests.support.providers.connecting import ANN, Connected, connected
from tests.support.providers.exchange import FakeExchange, t

pytestmark = [pytest.mark.unit, pytest.mark.long]

TORONTO = ZoneInfo("America/Toronto")
EASTERN = "Eastern Standard Time"
MONDAY = datetime.now(TORONTO).replace(hour=10, minute=0, second=0, microsecond=0) + timedelta(days=14)
HOUR = timedelta(hours=1)
MEETING = ProviderEvent(
    name="Grüße 会議",
    notes="Room 1234\nPIN 5678",
    start=MONDAY.astimezone(UTC),
    end=(MONDAY + HOUR).astimezone(UTC),
    timezone="America/New_York",
    location="Zürich",
    attendees=("bob@example.com", "zoe@example.com"),
)


@pytest.fixture
def ann(exchange: FakeExchange) -> Connected:
    exchange.passwords[ANN] = "password"
    made = connected(exchange.settings, "microsoft", "password", email=ANN)
    exchange.requests.clear()
    return made


def only(ann: Connected) -> ProviderEvent:
    (event,) = ann.integration.events(None).rows
    return event


def put(exchange: FakeExchange, id: str, days: int = 0, **fields: object) -> None:
    start = MONDAY + timedelta(days=days)
    exchange.put_event(ANN, id, start, start + HOUR, EASTERN, **fields)


def weekly(exchange: FakeExchange, weeks: int, **fields: object) -> None:
    starts = [MONDAY + timedelta(days=7 * week) for week in range(weeks)]
    exchange.put_series(ANN, "series", [(start, start + HOUR) for start in starts], EASTERN, **fields)


def operations(exchange: FakeExchange) -> list[str]:
    return [request.tag.partition("}")[2] for request in exchange.requests]


def test_all_pages_are_read_and_then_only_changes(exchange: FakeExchange, ann: Connected) -> None:
    exchange.page_size = 2
    for number in range(5):
        put(exchange, f"AAMk{number}", Subject=f"Event {number}")
    first = ann.integration.events(None)
    assert [row.name for row in first.rows] == [f"Event {number}" for number in range(5)]
    put(exchange, "AAMk1", Subject="Moved")
    exchange.mailbox(ANN).events.remove("AAMk2")
    changes = ann.integration.events(first.cursor)
    assert [row.name for row in changes.rows] == ["Moved"]
    assert changes.deleted == ["AAMk2"]
    again = ann.integration.events(changes.cursor)
    assert (again.rows, again.deleted) == ([], [])


def test_a_whole_list_begins_30_days_ago(exchange: FakeExchange, ann: Connected) -> None:
    put(exchange, "past", days=-60)
    put(exchange, "now")
    put(exchange, "future", days=500)
    first = ann.integration.events(None)
    assert [row.id for row in first.rows] == ["now", "future"]
    put(exchange, "now", days=-60)
    changes = ann.integration.events(first.cursor)
    assert ([row.id for row in changes.rows], changes.deleted) == (["now"], [])


def test_a_cursor_that_expired_is_told(exchange: FakeExchange, ann: Connected) -> None:
    cursor = ann.integration.events(None).cursor
    day, token = cursor.split(" ")
    with pytest.raises(CursorExpired):
        ann.integration.events(f"{datetime.fromisoformat(day) - timedelta(days=31):%Y-%m-%d} {token}")
    for broken in ("x", token[:-9], "eJyLjgUAARUAuQ=="):
        with pytest.raises(CursorExpired):
            ann.integration.events(f"{day} {broken}")
    exchange.mailbox(ANN).events.forget()
    with pytest.raises(CursorExpired, match="ErrorInvalidSyncStateData"):
        ann.integration.events(cursor)


@pytest.mark.parametrize(
    ("zone", "name"),
    [
        (EASTERN, "America/New_York"),
        ("W. Europe Standard Time", "Europe/Berlin"),
        ("UTC", "UTC"),
        ("Customized Time Zone", "UTC"),
    ],
)
@pytest.mark.filterwarnings("ignore:Cannot convert value")
def test_times_are_in_the_events_zone(exchange: FakeExchange, ann: Connected, zone: str, name: str) -> None:
    exchange.put_event(ANN, "AAMk1", MONDAY, MONDAY + HOUR, zone)
    event = only(ann)
    assert (event.timezone, event.all_day) == (name, False)
    assert (event.start, event.end) == (MONDAY, MONDAY + HOUR)
    assert type(event.start) is datetime
    assert event.start.tzinfo == ZoneInfo(name)


def test_a_whole_day_is_one_of_the_events_zone(exchange: FakeExchange, ann: Connected) -> None:
    day = MONDAY.replace(hour=0)
    exchange.put_event(
        ANN, "AAMk1", day, day + timedelta(days=1), EASTERN, Subject="Fête", IsAllDayEvent="true"
    )
    event = only(ann)
    assert event.all_day
    assert (event.start, event.end) == (day, day + timedelta(days=1))
    longer = replace(event, end=day + timedelta(days=2))
    assert ann.integration.update_event(longer).end == day + timedelta(days=2)
    row = exchange.row(exchange.mailbox(ANN).events, "AAMk1")
    assert datetime.fromisoformat(row["End"]) == day + timedelta(days=2)


def test_events_of_a_series_are_events(exchange: FakeExchange, ann: Connected) -> None:
    put(exchange, "AAMk1", Subject="Single")
    weekly(exchange, 3, Subject="Weekly", RequiredAttendees=("bob@example.com",))
    found = ann.integration.events(None)
    assert [(row.id, row.name) for row in found.rows] == [
        ("AAMk1", "Single"), ("series.1", "Weekly"), ("series.2", "Weekly"), ("series.3", "Weekly"),
    ]  # fmt: skip
    assert found.rows[2].start == MONDAY + timedelta(days=7)
    assert found.rows[2].attendees == ("bob@example.com",)


def test_a_changed_series_changes_its_events(exchange: FakeExchange, ann: Connected) -> None:
    put(exchange, "AAMk1", Subject="Single")
    weekly(exchange, 3, Subject="Weekly")
    first = ann.integration.events(None)
    weekly(exchange, 2, Subject="Fortnightly")
    second = ann.integration.events(first.cursor)
    assert [(row.id, row.name) for row in second.rows] == [
        ("series.1", "Fortnightly"),
        ("series.2", "Fortnightly"),
    ]
    assert "series.3" in second.deleted
    assert not {"series.1", "series.2", "AAMk1"} & set(second.deleted)
    exchange.remove_series(ANN, "series")
    third = ann.integration.events(second.cursor)
    assert (third.rows, set(third.deleted)) == ([], {"series", "series.1", "series.2"})


def test_a_single_event_becomes_a_series_and_back(exchange: FakeExchange, ann: Connected) -> None:
    put(exchange, "series", Subject="Once")
    first = ann.integration.events(None)
    weekly(exchange, 2, Subject="Weekly")
    second = ann.integration.events(first.cursor)
    assert ([row.id for row in second.rows], second.deleted) == (["series.1", "series.2"], ["series"])
    exchange._end_series(exchange.mailbox(ANN), "series")
    put(exchange, "series", Subject="Once")
    third = ann.integration.events(second.cursor)
    assert ([row.id for row in third.rows], set(third.deleted)) == (["series"], {"series.1", "series.2"})


def test_a_cancelled_meeting_is_deleted(exchange: FakeExchange, ann: Connected) -> None:
    put(exchange, "AAMk1")
    first = ann.integration.events(None)
    put(exchange, "AAMk1", IsCancelled="true")
    changes = ann.integration.events(first.cursor)
    assert (changes.rows, changes.deleted) == ([], ["AAMk1"])


def test_an_event_is_created_and_its_guests_are_invited(exchange: FakeExchange, ann: Connected) -> None:
    made = ann.integration.create_event(MEETING)
    assert made == replace(MEETING, id=made.id, revision=made.revision)
    assert made == only(ann)
    (request,) = [each for each in exchange.requests if each.tag.endswith("}CreateItem")]
    item = next(request.iter(t("CalendarItem")))
    zone = item.find(t("StartTimeZone"))
    assert zone is not None
    assert zone.attrib["Id"] == EASTERN
    assert item.findtext(t("Start")) == MONDAY.isoformat()
    addresses = [each.text for each in item.iter(t("EmailAddress"))]
    assert addresses == ["bob@example.com", "zoe@example.com"]


def test_an_event_without_guests_mails_nobody(exchange: FakeExchange, ann: Connected) -> None:
    made = ann.integration.create_event(replace(MEETING, attendees=(), notes="", location=""))
    ann.integration.update_event(replace(made, name="Changed"))
    update = exchange.requests[-2]
    assert update.attrib["SendMeetingInvitationsOrCancellations"] == "SendToNone"


def test_a_change_writes_only_what_differs(exchange: FakeExchange, ann: Connected) -> None:
    guests = {
        "RequiredAttendees": ("Bob@example.com", "Ann@example.com"),
        "OptionalAttendees": ("olga@example.com",),
        "Resources": ("room@example.com",),
    }
    put(exchange, "AA/+=", Subject="Old", Body="Join here", **guests)
    event = only(ann)
    assert event.attendees == ("bob@example.com", "olga@example.com")
    after = ann.integration.update_event(
        replace(event, name="New", attendees=("zoe@example.com", "bob@example.com"))
    )
    assert (after.name, set(after.attendees)) == ("New", {"bob@example.com", "zoe@example.com"})
    (request,) = [each for each in exchange.requests if each.tag.endswith("}UpdateItem")]
    assert request.attrib["SendMeetingInvitationsOrCancellations"] == "SendToAllAndSaveCopy"
    written = [each.attrib["FieldURI"] for each in request.iter(t("FieldURI"))]
    assert set(written) == {"item:Subject", "calendar:RequiredAttendees", "calendar:OptionalAttendees"}
    xml = exchange.mailbox(ANN).events.rows["AA/+="]["xml"]
    assert "olga@example.com" not in xml
    for kept in ("Bob@example.com", "Ann@example.com", "room@example.com", "Join here"):
        assert kept in xml


def test_nothing_is_written_and_no_mail_sent_if_nothing_changed(
    exchange: FakeExchange, ann: Connected
) -> None:
    made = ann.integration.create_event(MEETING)
    assert ann.integration.update_event(made) == made
    assert ann.integration.update_event(replace(made, timezone="America/Toronto")) == made
    assert "UpdateItem" not in operations(exchange)


def test_every_field_can_change(exchange: FakeExchange, ann: Connected) -> None:
    made = ann.integration.create_event(MEETING)
    day = datetime(2027, 4, 1, tzinfo=ZoneInfo("Europe/Berlin"))
    changed = ProviderEvent(
        id=made.id, revision=made.revision, name="", notes="", location="", attendees=(), all_day=True,
        start=day, end=day + timedelta(days=1), timezone="Europe/Berlin",
    )  # fmt: skip
    after = ann.integration.update_event(changed)
    assert after == replace(changed, revision=after.revision)
    timed = replace(after, all_day=False, start=MEETING.start, end=MEETING.end)
    back = ann.integration.update_event(timed)
    assert back == replace(timed, revision=back.revision)


def test_one_event_of_a_series_is_changed(exchange: FakeExchange, ann: Connected) -> None:
    weekly(exchange, 2, Subject="Weekly")
    event = ann.integration.events(None).rows[1]
    ann.integration.update_event(replace(event, name="This time elsewhere"))
    assert [row.name for row in ann.integration.events(None).rows] == ["Weekly", "This time elsewhere"]


def test_a_zone_that_exchange_does_not_know_is_written_in_utc(exchange: FakeExchange, ann: Connected) -> None:
    made = ann.integration.create_event(replace(MEETING, timezone="Factory"))
    assert (made.timezone, made.start) == ("UTC", MEETING.start)


def test_an_event_that_changed_meanwhile_is_a_conflict(exchange: FakeExchange, ann: Connected) -> None:
    made = ann.integration.create_event(MEETING)
    put(exchange, made.id, Subject="Theirs")
    with pytest.raises(Conflict):
        ann.integration.update_event(replace(made, name="Ours"))
    with pytest.raises(Conflict):
        ann.integration.delete_event(made.id, made.revision)
    assert only(ann).name == "Theirs"


def test_an_event_that_is_gone(exchange: FakeExchange, ann: Connected) -> None:
    made = ann.integration.create_event(MEETING)
    ann.integration.delete_event(made.id, made.revision)
    assert ann.integration.events(None).rows == []
    ann.integration.delete_event(made.id, made.revision)
    with pytest.raises(Conflict):
        ann.integration.update_event(replace(made, name="Ours"))


def test_an_event_needs_times(ann: Connected) -> None:
    with pytest.raises(ProviderError, match="a start and an end"):
        ann.integration.create_event(ProviderEvent(name="When?"))
