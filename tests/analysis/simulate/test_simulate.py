"""The command `switchroom simulate`."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, select
from typer.testing import CliRunner, Result

from cli.main import app
from models import CallLog, Queue, QueueStay, Team, User
from routing.simulation.erlang import erlang_c
from routing.simulation.stats import QUEUE_FIGURES
from switchroom import database
from switchroom.ids import new_id
from switchroom.settings import get_settings

pytestmark = [pytest.mark.unit, pytest.mark.long]

PLAIN = ("--agents", "10", "--calls-per-hour", "160", "--aht", "180", "--calls", "1500", "--seed", "3")


def simulate(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["simulate", *arguments])


def test_json_is_figures_and_nothing_else() -> None:
    done = simulate(*PLAIN, "--threshold", "20", "--strategy", "longest-idle", "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert list(found) == [
        "p_wait",
        "asa",
        "service_level",
        "abandonment",
        "occupancy",
        "calls",
        "seconds",
        *QUEUE_FIGURES,
    ]
    expected = erlang_c(10, 160 / 3600, 180.0, 20.0)
    assert found["calls"] == 1500
    assert found["p_wait"] == pytest.approx(expected.p_wait, abs=0.15)
    again = json.loads(simulate(*PLAIN, "--json").stdout)
    assert {**again, "seconds": 0} == {**found, "seconds": 0}


def test_staffs_side_by_side() -> None:
    done = simulate("--agents", "9-10,12", *PLAIN[2:], "--patience", "120")
    assert done.exit_code == 0, done.output
    for text in ("9 agents", "10 agents", "12 agents", "theory", "answered within 20 s", "Service level"):
        assert text in done.stdout
    compared = json.loads(simulate("--agents", "9,12", *PLAIN[2:], "--json").stdout)
    assert [row["agents"] for row in compared] == [9, 12]
    assert compared[0]["asa"] > compared[1]["asa"]


@pytest.mark.parametrize("agents", ["10", "9,10"])
def test_a_chart_is_drawn(tmp_path: Path, agents: str) -> None:
    png = tmp_path / "queue.png"
    done = simulate("--agents", agents, *PLAIN[2:], "--chart", str(png))
    assert done.exit_code == 0, done.output
    assert png.read_bytes().startswith(b"\x89PNG\r\n")
    assert png.stat().st_size > 10_000


def test_shifts_and_hours_from_files(tmp_path: Path) -> None:
    rates, shifts, counts = tmp_path / "rates.txt", tmp_path / "shifts.csv", tmp_path / "counts.csv"
    rates.write_text(" ".join(["0"] * 9 + ["40"] * 8 + ["0"] * 7))
    shifts.write_text("agent,from,to\nAnn,09:00,17:00\nBob,09:00,13:00\nCat,13:00,17:30\n")
    counts.write_text("from,agents\n08:30,1\n09:00,3\n17:00,0\n")
    day = ("--arrivals", str(rates), "--aht", "120", "--calls", "320", "--patience", "60")
    for file in (shifts, counts):
        done = simulate(*day, "--shifts", str(file), "--json")
        assert done.exit_code == 0, done.output
        found = json.loads(done.stdout)
        assert 200 < found["calls"] < 450
        assert 0.2 < found["occupancy"] < 0.9
    shown = simulate(*day, "--shifts", str(shifts)).stdout
    assert "Calls by the hour of the day" in shown
    assert "16 h" in shown
    assert "18 h" not in shown


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("--agents", "ten", *PLAIN[2:]), "--agents"),
        (PLAIN[2:], "--agents"),
        (("--agents", "3", "--aht", "60"), "--calls-per-hour: required"),
        (("--agents", "3", "--calls-per-hour", "9"), "--aht: required"),
        ((*PLAIN, "--strategy", "loudest"), "longest-idle"),
        ((*PLAIN, "--service", "slow"), "--service"),
        ((*PLAIN, "--patience", "long"), "--patience"),
        ((*PLAIN, "--arrivals", "/nowhere/rates"), "rates"),
        ((*PLAIN, "--chart", "queue.bmp"), ".png"),
        ((*PLAIN, "--answer-delay", "25"), "no agent would ever answer"),
    ],
)
def test_what_makes_no_sense_is_told(arguments: tuple[str, ...], problem: str) -> None:
    done = simulate(*arguments)
    assert done.exit_code == 2
    assert problem in done.stderr


@pytest.mark.parametrize(
    "text", ["", "name,from\n", "agent,from,to\nAnn,9,17:00\n", "from,agents\n08:20,3\n", "from,agents\n"]
)
def test_files_that_hold_something_else(tmp_path: Path, text: str) -> None:
    file = tmp_path / "shifts.csv"
    file.write_text(text)
    done = simulate(*PLAIN, "--shifts", str(file))
    assert done.exit_code == 2
    assert "shifts.csv" in done.stderr.replace("\n", "")


def add_call(session: Session, at: datetime, *stays: dict[str, Any]) -> None:
    """Add an answered call with these stays, one after the other."""
    log = CallLog(
        id=new_id(), queue_id=stays[-1]["queue_id"], started_at=at, queued_at=at, disposition="answered"
    )
    session.add(log)
    for number, stay in enumerate(stays, 1):
        common = {"call_id": log.id, "number": number, "joined_at": at, "last_call_id": log.id}
        session.add(QueueStay(**{**common, **stay}))


@pytest.fixture
def logged_queue(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Make a queue `Sales` of a team in Toronto, with one call every five minutes from nine to eleven there."""
    engine = database.make_engine(sqlite_url)
    monkeypatch.setattr(database, "get_engine", lambda: engine)
    with Session(engine) as session:
        owner = User(email="owner@example.com", first_name="Olive")
        session.add(owner)
        session.flush()
        team = Team(
            team_name="T", slug="t", owner_id=owner.id, billing_id=1, number=1, timezone="America/Toronto"
        )
        session.add(team)
        session.flush()
        queue = Queue(team_id=team.id, name="Sales", strategy="round-robin", wrap_up=5.0)
        session.add(queue)
        for number in range(24):
            at = datetime(2026, 1, 5, 14, tzinfo=UTC) + timedelta(minutes=5 * number)
            add_call(session, at, {"queue_id": queue.id, "outcome": "answered", "talk": 240.0})
        session.commit()
    get_settings.cache_clear()
    return "Sales"


def test_all_stays_of_an_overflowing_queue_are_traffic(logged_queue: str) -> None:
    """Eight of ten calls went on to the queue `Sales` after ten seconds, and were answered there."""
    with Session(database.get_engine()) as session:
        sales = session.exec(select(Queue)).one()
        first = Queue(team_id=sales.team_id, name="First", max_wait=10.0)
        session.add(first)
        for number in range(10):
            at = datetime(2026, 1, 6, 14, tzinfo=UTC) + timedelta(minutes=5 * number)
            passed_on = {"queue_id": first.id, "outcome": "passed-on", "wait": 10.0, "exit": "timeout"}
            answered = {"queue_id": sales.id if number < 8 else first.id, "outcome": "answered", "talk": 60.0}
            add_call(session, at, *([passed_on] if number < 8 else []), answered)
        session.commit()
    days = ("--from", "2026-01-06", "--to", "2026-01-07", "--agents", "2", "--json")
    assert json.loads(simulate("--from-logs", "First", *days).stdout)["calls"] == 10
    assert json.loads(simulate("--from-logs", "Sales", *days).stdout)["calls"] == 8


def test_call_logs_are_traffic(logged_queue: str) -> None:
    days = ("--from-logs", logged_queue, "--from", "2026-01-05", "--to", "2026-01-06")
    found = json.loads(simulate(*days, "--agents", "1", "--json").stdout)
    assert (found["calls"], found["abandonment"]) == (24, 0.0)
    assert found["occupancy"] == pytest.approx(24 * 245 / (11 * 3600), rel=0.05)
    shown = simulate(*days, "--agents", "2").stdout
    assert "09 h" in shown
    assert "11 h" not in shown
    busier = json.loads(
        simulate(*days, "--agents", "2", "--calls-per-hour", "20", "--calls", "300", "--json").stdout
    )
    assert busier["calls"] == 300


def test_a_queue_that_is_not_there(logged_queue: str) -> None:
    done = simulate("--from-logs", "Support", "--agents", "1")
    assert (done.exit_code, "no such queue" in done.stderr) == (2, True)
    empty = simulate(
        "--from-logs", logged_queue, "--agents", "1", "--from", "2025-01-05", "--to", "2025-01-06"
    )
    assert "had no calls in these days" in empty.stderr
