"""The check of a stored route gets the routes and objects of its team only."""

import json
from typing import Any

import pytest
from rich.console import Console
from sqlalchemy import Engine

import models.route_check
from analysis.check_route import check_route
from models import Agent, CallRoute, Department, Queue, Team, TeamUser, User
from models.base import Row
from models.route_check import StoredRoute, route_to_check
from switchroom import database
from switchroom.ids import new_id, public_id


def add(engine: Engine, row: Row) -> Any:
    with database.session(engine) as session:
        session.add(row)
    return row


def team(engine: Engine, name: str) -> tuple[Team, User]:
    user = add(engine, User(email=f"{name}@example.com"))
    made = add(
        engine, Team(team_name=name, slug=name, owner_id=user.id, billing_id=len(name), number=len(name))
    )
    add(engine, TeamUser(team_id=made.id, user_id=user.id, extension="101"))
    return made, user


def stored(engine: Engine) -> tuple[Team, CallRoute]:
    mine, user = team(engine, "mine")
    queue = add(engine, Queue(team_id=mine.id, name="Sales", max_wait=90))
    other = {"end": {"type": "queue", "settings": {"queue": queue.id}, "exits": {}}}
    second = add(engine, CallRoute(team_id=mine.id, name="Second", entry="end", blocks=other))
    blocks = {
        "user": {"type": "user", "settings": {"user": user.id}, "exits": {"failed": "on"}},
        "on": {"type": "route", "settings": {"route": second.id}},
    }
    return mine, add(engine, CallRoute(team_id=mine.id, name="First", entry="user", blocks=blocks))


def test_only_the_teams_own_is_known(engine: Engine) -> None:
    mine, route = stored(engine)
    theirs, stranger = team(engine, "theirs")
    add(engine, Agent(team_id=theirs.id, user_id=stranger.id, name="x"))
    add(engine, Department(team_id=theirs.id, name="d"))
    found = route_to_check(route.id, engine)
    assert found is not None
    assert set(found.documents) == found.known["routes"]
    assert (len(found.documents), found.known["teams"]) == (2, {mine.id})
    assert (found.known["agents"], found.known["departments"]) == (set(), set())
    assert stranger.id not in found.known["users"]
    assert list(found.max_wait.values()) == [90.0]
    assert route_to_check(new_id(), engine) is None


@pytest.mark.parametrize("spelling", ["inner", "public"])
def test_the_command_walks_on_into_the_teams_other_routes(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, spelling: str
) -> None:
    _, route = stored(engine)

    def of_this_database(id: str) -> StoredRoute | None:
        return route_to_check(id, engine)

    monkeypatch.setattr(models.route_check, "route_to_check", of_this_database)
    console = Console(record=True, width=200, file=None, quiet=False)
    with console.capture() as captured:
        status = check_route(console, route.id if spelling == "inner" else public_id(route.id), as_json=True)
    told = json.loads(captured.get())
    assert status == 0
    assert told["longest_wait"] == 20 + 90
    assert {(finding["block"], finding["severity"]) for finding in told["findings"]} == {("end", "warning")}
    with console.capture() as captured:
        assert check_route(console, new_id(), as_json=False) == 2
    assert "no route of the database" in captured.get()
