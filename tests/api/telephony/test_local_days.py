"""Times are those of the team's zone: the days of statistics, and what clients send without a zone."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from models import CallLog, Queue, QueueStay
from tests.support.api.world import World, pid

pytestmark = pytest.mark.service

BERLIN = ZoneInfo("Europe/Berlin")
"""The clocks go forward on 2027-03-28 at 02:00, and back on 2027-10-31 at 03:00."""


@pytest.fixture
def world(any_world: World) -> World:
    any_world.team.timezone = "Europe/Berlin"
    any_world.api.add(any_world.team)
    return any_world


def calls(world: World, *began: datetime, **columns: Any) -> Queue:
    """Make a queue that callers entered then, each with a call of their own."""
    queue = world.queue()
    for at in began:
        add_call(world, queue, at, at, **columns)
    return queue


def add_call(world: World, queue: Queue, began: datetime, joined: datetime, **columns: Any) -> None:
    log = CallLog(team_id=world.team.id, queue_id=queue.id, started_at=began.astimezone(UTC))
    stay = {"outcome": "abandoned", "joined_at": joined.astimezone(UTC), **columns}
    world.api.add(log)
    world.api.add(
        QueueStay(
            call_id=log.id, number=1, team_id=world.team.id, queue_id=queue.id, last_call_id=log.id, **stay
        )
    )


def stats(world: World, queue: Queue, **params: Any) -> Any:
    answer = world.call(world.admin, "GET", f"/CCQueueConfig/{pid(queue)}/stats", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def berlin(month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    return datetime(2027, month, day, hour, minute, second, tzinfo=BERLIN)


@pytest.mark.parametrize("zone", ["", "+01:00"])
def test_stats_by_day_are_by_local_days(world: World, zone: str) -> None:
    queue = calls(world, *(berlin(3, day, 0, 30) for day in (27, 28, 29)))
    end = "2027-03-30T00:00:00" + ("+02:00" if zone else "")
    days = stats(world, queue, **{"from": f"2027-03-27T00:00:00{zone}", "to": end, "interval": 86_400})
    assert [day["offered"] for day in days["intervals"]] == [1, 1, 1]
    assert [day["from"] for day in days["intervals"]] == [
        "2027-03-26T23:00:00.000Z",
        "2027-03-27T23:00:00.000Z",
        "2027-03-28T22:00:00.000Z",
    ]
    assert (days["offered"], days["to"]) == (3, "2027-03-29T22:00:00.000Z")


def test_the_long_day_and_the_hours_in_it(world: World) -> None:
    twice = berlin(10, 31, 2, 30).astimezone(UTC)
    queue = calls(world, twice, twice + timedelta(hours=1), berlin(10, 31, 23, 59), berlin(11, 1))
    asked = {"from": "2027-10-31T00:00:00", "to": "2027-11-02T00:00:00"}
    days = stats(world, queue, **asked, interval=86_400)["intervals"]
    assert [day["offered"] for day in days] == [3, 1]
    hours = stats(world, queue, **asked, interval=3600)["intervals"]
    assert [index for index, hour in enumerate(hours) if hour["offered"]] == [2, 3, 24, 25]


def test_weeks_are_local_too_and_the_last_one_may_be_short(world: World) -> None:
    queue = calls(world, berlin(3, 28, 23, 30), berlin(3, 29, 0, 30), berlin(4, 5))
    weeks = stats(world, queue, **{"from": "2027-03-22", "to": "2027-04-07T12:00:00", "interval": 7 * 86_400})
    assert [week["offered"] for week in weeks["intervals"]] == [1, 1, 1]
    assert weeks["intervals"][-1]["to"] == "2027-04-07T10:00:00.000Z"


def test_a_call_counts_when_it_entered_the_queue(world: World) -> None:
    """It began in one day and entered the queue in the next, and its record tells both."""
    queue = world.queue()
    add_call(world, queue, berlin(3, 10, 23, 59, 50), berlin(3, 11, 0, 0, 10), wait=7)
    days = stats(world, queue, **{"from": "2027-03-10", "to": "2027-03-12", "interval": 86_400})
    assert [day["offered"] for day in days["intervals"]] == [0, 1]
    assert stats(world, queue, **{"from": "2027-03-11", "to": "2027-03-12"})["longest_wait"] == 7


def test_a_dry_run_without_a_zone_is_in_the_teams(world: World) -> None:
    settings = {"timezone": "Europe/Berlin", "weekly": {"sat": [["00:00", "00:30"]]}}
    blocks = {
        "h": {"type": "hours", "settings": settings, "exits": {"open": "o", "closed": "c"}},
        "o": {"type": "hangup", "settings": {}, "exits": {}},
        "c": {"type": "hangup", "settings": {}, "exits": {}},
    }
    body = {"name": "R", "team": world.admin.team, "entry": "h", "blocks": blocks}
    route = world.call(world.admin, "POST", "/callroute", json=body).json()
    asked = {"at": "2027-03-27T00:00:00"}
    ran = world.call(world.admin, "POST", f"/callroute/{route['id']}/dry-run", json=asked).json()
    assert (ran["at"], ran["path"][0]["exit"]) == ("2027-03-26T23:00:00.000Z", "open")


def test_a_simulation_takes_local_days(world: World) -> None:
    queue = calls(
        world, berlin(3, 27, 0, 30), berlin(3, 27, 23, 30), berlin(3, 28, 0, 30),
        outcome="answered", agent_id="a" * 32, talk=60.0,
    )  # fmt: skip
    for days in (
        {"from": "2027-03-27T00:00:00", "to": "2027-03-28T00:00:00"},
        {"from": "2027-03-27T00:00:00", "to": "2027-03-27T23:00:00Z"},
    ):
        body = {"arrivals": days, "agents": 1}
        answer = world.call(world.admin, "POST", f"/CCQueueConfig/{pid(queue)}/simulate", json=body)
        assert answer.status_code == 200, answer.text
        assert answer.json()["calls"] == 2


FAR = ["0001-01-01T00:00:00", "9999-12-31T23:59:59", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"]


@pytest.mark.parametrize("far", FAR)
@pytest.mark.parametrize("name", ["from", "to"])
def test_times_of_far_years_are_refused(world: World, name: str, far: str) -> None:
    queue = calls(world, berlin(3, 27))
    found = world.call(world.admin, "GET", f"/CCQueueConfig/{pid(queue)}/stats", params={name: far})
    assert (found.status_code, name in found.text) == (400, True)
    asked = {"arrivals": {name: far}, "agents": 1}
    simulated = world.call(world.admin, "POST", f"/CCQueueConfig/{pid(queue)}/simulate", json=asked)
    assert simulated.status_code == 400, simulated.text


@pytest.mark.parametrize("far", FAR)
def test_far_years_are_refused_in_dry_runs_and_queries(world: World, far: str) -> None:
    block = {"type": "hangup", "settings": {}, "exits": {}}
    body = {"name": "R", "team": world.admin.team, "entry": "a", "blocks": {"a": block}}
    route = world.call(world.admin, "POST", "/callroute", json=body).json()
    ran = world.call(world.admin, "POST", f"/callroute/{route['id']}/dry-run", json={"at": far})
    assert ran.status_code == 400, ran.text
    where = json.dumps({"started_at": {">": far}})
    listed = world.call(world.admin, "GET", "/call-log", params={"where": where})
    assert listed.status_code == 400, listed.text


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_holidays_of_far_years_are_refused(world: World, day: str) -> None:
    hours = {"timezone": "America/Toronto", "weekly": {"mon": [["09:00", "17:00"]]}, "holidays": [day]}
    body = {"team": world.admin.team, "name": "Q", "hours": hours}
    assert world.call(world.admin, "POST", "/CCQueueConfig", json=body).status_code == 400
    block = {"type": "hours", "settings": hours, "exits": {"open": "b", "closed": "b"}}
    blocks = {"a": block, "b": {"type": "hangup", "settings": {}, "exits": {}}}
    asked = {"team": world.admin.team, "entry": "a", "blocks": blocks}
    checked = world.call(world.admin, "POST", "/callroute/validate", json=asked)
    assert (checked.status_code, checked.json()["valid"]) == (200, False)
