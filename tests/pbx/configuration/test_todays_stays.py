"""An engine that starts without a snapshot gets the stays of today from the database."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import Session

from models import CallLog, Queue, QueueStay, Team, User, WrapUp
from pbx.configuration import todays_stays
from pbx.configuration.rows import queue_config
from pbx.configuration.todays_stays import midnight
from routing.config import TeamConfig
from routing.engine import Engine
from routing.events import ConfigChanged
from routing.figures import Stays, figures
from routing.ids import QueueId, TeamId
from switchroom import database

pytestmark = pytest.mark.service

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 7, 1, 9, 0, tzinfo=UTC)
MIDNIGHT = datetime(2026, 7, 1, tzinfo=BERLIN)


def add(db: Session, queue: Queue, number: int, at: datetime, outcome: str, wait: float, talk: float) -> None:
    id = f"{number:032x}"
    db.add(CallLog(id=id, queue_id=queue.id, started_at=at))
    db.flush()
    stay: dict[str, Any] = {
        "queue_id": queue.id,
        "joined_at": at,
        "outcome": outcome,
        "wait": wait,
        "talk": talk,
    }
    db.add(QueueStay(call_id=id, number=1, last_call_id=id, **stay))
    if outcome == "answered":
        db.add(WrapUp(call_id=id, team_id=queue.team_id, seconds=7.5))


def check(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(todays_stays, "utcnow", lambda: NOW)
    draw, engine = random.Random(1), database.make_engine(url)
    with Session(engine) as db:
        owner = User(email="stays@example.com", first_name="Olive")
        db.add(owner)
        db.flush()
        team = Team(
            team_name="T", slug="stays", owner_id=owner.id, billing_id=1, number=77, timezone="Europe/Berlin"
        )
        db.add(team)
        db.flush()
        queue, other = Queue(team_id=team.id, name="A"), Queue(team_id=team.id, name="B")
        db.add(queue)
        db.add(other)
        db.flush()
        expected = []
        for number in range(60):
            outcome, wait = (
                draw.choice(["answered", "abandoned", "passed-on"]),
                draw.choice([2.0, 19.9, 20.1]),
            )
            talk = 60.5 if outcome == "answered" else 0.0
            at = MIDNIGHT + timedelta(minutes=draw.randrange(-120, 600))
            add(db, queue, number, at.astimezone(UTC), outcome, wait, talk)
            if at >= MIDNIGHT:
                expected.append(Stays(outcome, wait, False, 1, talk, 7.5 if talk else 0.0))
        db.flush()
        [event] = todays_stays.todays_stays(db, [queue, other])
        assert (event.queue, event.since) == (queue.id, MIDNIGHT.timestamp())
        core, now = Engine(random.Random(1)), NOW.timestamp()
        config = queue_config((queue, []))
        core.handle(ConfigChanged((TeamConfig(TeamId(team.id), "T", timezone="Europe/Berlin"), config)), now)
        core.handle(event, now)
        view = core.queue(QueueId(queue.id), now)
        assert view is not None
        assert view.today == figures(expected, good=20.0, short=5.0)
        assert 0 < view.today.offered < 60
        db.rollback()
    engine.dispose()


def test_the_figures_are_those_of_the_records_on_sqlite(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    check(sqlite_url, monkeypatch)


def test_the_figures_are_those_of_the_records_on_postgresql(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    check(postgres_url, monkeypatch)


@pytest.mark.parametrize(
    ("day", "zone"), [((2026, 3, 29), "Europe/Berlin"), ((2026, 10, 25), "America/Toronto")]
)
def test_the_day_begins_at_the_teams_midnight(day: tuple[int, int, int], zone: str) -> None:
    begin = datetime(*day, tzinfo=ZoneInfo(zone))
    assert midnight(begin.astimezone(UTC), zone) == begin
    assert midnight((begin + timedelta(hours=22)).astimezone(UTC), zone) == begin
