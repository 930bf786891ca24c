"""Events of a calendar: the provider's changes come into our rows, and into the chats of meetings."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from models import (
    Chat,
    ChatUser,
    Integration,
    IntegrationEvent,
    Outbox,
    Role,
    Team,
    TeamUser,
    User,
    utcnow,
)
from models.integration_event import make_meeting
from providers.integrations import base
from providers.integrations.base import ProviderEvent
from providers.integrations.grants import seal
from switchroom.database import session
from switchroom.ids import public_id
from switchroom.meeting_text import join_link, with_join, without_join
from tests.support.integrations import ACCOUNT, Account, account
from workers.jobs import integrations as jobs
from workers.jobs.contact_sync import GRACE
from workers.resources import Resources

__all__ = ["account"]
pytestmark = pytest.mark.service

START = datetime(2027, 3, 2, 14, tzinfo=UTC)
LUNCH = ProviderEvent(
    name="Lunch",
    notes="Bring money",
    start=START,
    end=START + timedelta(hours=1),
    timezone="America/Toronto",
    attendees=(ACCOUNT, "bob@example.org"),
)


class Calendar:
    """A user with a calendar and a colleague."""

    def __init__(self, resources: Resources, account: Account) -> None:
        self.resources, self.account = resources, account
        owner, colleague = User(email="owner@example.org"), User(email="colleague@example.org")
        team = Team(team_name="T", slug="t", owner_id=owner.id, billing_id=1, number=1)
        sealed = seal(resources.settings, base.Grant(ACCOUNT, "token"))
        row = Integration(
            user_id=owner.id, type="events", provider="google", email=ACCOUNT, sealed_grant=sealed
        )
        people = [
            TeamUser(team_id=team.id, user_id=user.id, role=Role.MEMBER.value) for user in (owner, colleague)
        ]
        with session(resources.engine) as db:
            for one in (owner, colleague, team, *people, row):
                db.add(one)
                db.flush()
        self.owner, self.colleague, self.team, self.id = owner.id, colleague.id, team.id, row.id

    def sync(self) -> None:
        assert jobs.sync_integration(self.id) is None

    def events(self) -> list[IntegrationEvent]:
        with session(self.resources.engine, readonly=True) as db:
            return list(db.exec(select(IntegrationEvent).order_by(col(IntegrationEvent.id))))

    def told(self, model: str) -> list[str]:
        with session(self.resources.engine, readonly=True) as db:
            rows = db.exec(select(Outbox).where(Outbox.kind == "event").order_by(col(Outbox.id)))
            return [row.payload["verb"] for row in rows if row.payload["model"] == model]

    def chat(self) -> Chat:
        with session(self.resources.engine, readonly=True) as db:
            return db.exec(select(Chat)).one()

    def in_chat(self) -> set[str]:
        with session(self.resources.engine, readonly=True) as db:
            return set(db.exec(select(ChatUser.user_id)))

    def planned(self) -> tuple[IntegrationEvent, ProviderEvent]:
        """Store a meeting that the provider has not answered, and return it with what is sent."""
        event = IntegrationEvent(
            integration_id=self.id,
            team_id=self.team,
            host_id=self.owner,
            name="Meeting",
            notes="Agenda",
            start_at=START,
            end_at=START + timedelta(hours=1),
            timezone="-0500",
            users=[public_id(self.colleague)],
            first_pin=12345,
        )
        with session(self.resources.engine) as db:
            db.add(event)
        link = join_link("https://pbx.example.com", "t", event.id)
        row = replace(
            LUNCH,
            name="Meeting",
            notes=with_join("Agenda", link, 12345),
            timezone="Etc/GMT+5",
            attendees=("colleague@example.org",),
        )
        return event, row

    def meeting(self) -> ProviderEvent:
        """Make a meeting on both sides. Return the provider's event."""
        event, row = self.planned()
        made: ProviderEvent = self.account.put("events", row)
        with session(self.resources.engine) as db:
            stored = db.get_one(IntegrationEvent, event.id)
            stored.provider_id, stored.revision = made.id, made.revision
            db.flush()
            make_meeting(db, stored, self.owner)
        return made


MakeCalendar = Callable[[Resources], Calendar]


@pytest.fixture
def make_calendar(account: Account, monkeypatch: pytest.MonkeyPatch) -> MakeCalendar:
    def make(resources: Resources) -> Calendar:
        monkeypatch.setattr(jobs, "get_resources", lambda: resources)
        return Calendar(resources, account)

    return make


@pytest.fixture
def calendar(resources: Resources, make_calendar: MakeCalendar) -> Calendar:
    return make_calendar(resources)


def test_events_come_from_the_provider(both: Resources, make_calendar: MakeCalendar) -> None:
    calendar = make_calendar(both)
    there = calendar.account.put("events", LUNCH)
    calendar.sync()
    (event,) = calendar.events()
    assert (event.name, event.notes, event.timezone) == ("Lunch", "Bring money", "America/Toronto")
    assert (event.start_at, event.team_id, event.guests) == (START, None, ["bob@example.org"])
    calendar.account.put("events", replace(there, name="Dinner"))
    calendar.sync()
    assert [event.name for event in calendar.events()] == ["Dinner"]
    calendar.account.remove("events", there.id)
    calendar.sync()
    assert calendar.events() == []
    assert calendar.told("integrationevent") == ["updated", "destroyed"]
    assert calendar.account.calls == []


def test_a_meeting_that_is_moved_there_moves_here(both: Resources, make_calendar: MakeCalendar) -> None:
    calendar = make_calendar(both)
    there = calendar.meeting()
    calendar.sync()
    (before,) = calendar.events()
    assert (before.timezone, calendar.told("integrationevent")) == ("-0500", [])
    later = START + timedelta(hours=2)
    calendar.account.put(
        "events",
        replace(
            there, name="Moved", start=later, end=later + timedelta(hours=1), attendees=("new@example.org",)
        ),
    )
    calendar.sync()
    (event,) = calendar.events()
    assert (event.name, event.start_at, event.notes) == ("Moved", later, "Agenda")
    assert (event.users, event.guests) == ([], ["new@example.org"])
    assert (calendar.chat().name, calendar.in_chat()) == ("Moved", {calendar.owner})
    assert calendar.told("integrationevent") == ["updated"]
    assert "removedFrom" in calendar.told("chat")


def test_a_colleague_who_is_invited_there_comes_into_the_chat(calendar: Calendar) -> None:
    there = calendar.meeting()
    calendar.account.put("events", replace(there, attendees=()))
    calendar.sync()
    assert calendar.in_chat() == {calendar.owner}
    calendar.account.put("events", replace(there, attendees=("colleague@example.org",)))
    calendar.sync()
    assert calendar.in_chat() == {calendar.owner, calendar.colleague}
    assert calendar.events()[0].users == [public_id(calendar.colleague)]


def test_a_meeting_that_is_cancelled_there_archives_the_chat(calendar: Calendar) -> None:
    there = calendar.meeting()
    calendar.sync()
    calendar.account.remove("events", there.id)
    calendar.sync()
    assert calendar.events() == []
    assert calendar.chat().archived_at is not None
    assert calendar.told("integrationevent") == ["destroyed"]


def test_an_event_whose_making_broke_off_is_finished(both: Resources, make_calendar: MakeCalendar) -> None:
    calendar = make_calendar(both)
    event, row = calendar.planned()
    there = calendar.account.put("events", row)
    calendar.sync()
    (found,) = calendar.events()
    assert (found.id, found.provider_id, found.team_id) == (event.id, there.id, calendar.team)
    assert (calendar.chat().id, calendar.chat().conf_pin) == (event.id, 12345)
    assert calendar.in_chat() == {calendar.owner, calendar.colleague}
    calendar.sync()
    assert len(calendar.events()) == 1


def test_an_event_that_the_provider_never_got_is_forgotten(calendar: Calendar) -> None:
    event, _ = calendar.planned()
    calendar.sync()
    assert len(calendar.events()) == 1, "it may come yet"
    with session(calendar.resources.engine) as db:
        db.get_one(IntegrationEvent, event.id).created_at = utcnow() - GRACE - timedelta(seconds=1)
    calendar.sync()
    assert calendar.events() == []


def test_another_persons_meeting_is_only_an_event(calendar: Calendar) -> None:
    link = join_link("https://pbx.example.com", "t", "0" * 32)
    calendar.account.put("events", replace(LUNCH, notes=with_join("Hi", link, 1)))
    calendar.sync()
    assert [(event.team_id, event.notes) for event in calendar.events()] == [(None, "Hi")]


def test_an_expired_cursor_finds_what_is_gone_but_not_what_is_past(
    calendar: Calendar, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = timedelta(days=1)
    old = replace(LUNCH, name="Old", start=utcnow() - day, end=utcnow() - day / 2)
    rows = [calendar.account.put("events", row) for row in (old, LUNCH, replace(LUNCH, name="Stays"))]
    calendar.sync()
    for row in rows[:2]:
        calendar.account.remove("events", row.id)
    with session(calendar.resources.engine) as db:
        db.get_one(Integration, calendar.id).sync_cursor = None
    calendar.sync()
    assert [event.name for event in calendar.events()] == ["Old", "Stays"]


def test_the_address_of_a_meeting_is_no_part_of_the_notes() -> None:
    link = join_link("https://pbx.example.com", "acme", "0" * 32)
    for notes in ("", "One\n\nTwo", "Join the meeting: later"):
        assert without_join(with_join(notes, link, 12345)) == notes


def test_what_the_provider_sends_is_cut_to_fit(calendar: Calendar) -> None:
    odd: dict[str, Any] = {"name": "n" * 5000, "location": "l" * 5000, "notes": "x" * 50_000}
    calendar.account.put("events", replace(LUNCH, **odd))
    calendar.account.put("events", replace(LUNCH, start=None, end=None))
    calendar.sync()
    (event,) = calendar.events()
    assert (len(event.name), len(event.location), len(event.notes)) == (1000, 1000, 50_000)


def test_the_chat_does_not_follow_the_calendar_of_who_left_the_team(calendar: Calendar) -> None:
    _event, row = calendar.planned()
    there = calendar.account.put("events", row)
    calendar.sync()
    with session(calendar.resources.engine) as db:
        for member in db.exec(select(TeamUser).where(TeamUser.user_id == calendar.owner)):
            member.status = "deactivated"
    calendar.account.put("events", replace(there, name="Theirs", attendees=()))
    calendar.sync()
    assert (calendar.events()[0].name, calendar.chat().name) == ("Theirs", "Meeting")
    calendar.account.remove("events", there.id)
    calendar.sync()
    assert (calendar.events(), calendar.chat().archived_at) == ([], None)
    assert calendar.in_chat() == {calendar.owner, calendar.colleague}
