"""What a team may dial, over HTTP: closed by default, narrowed by its admins, with the use of the day."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlmodel import col, select

from models import DecidedBy, DidNumber, OutboundLimits, Team
from tests.support.api.world import World

pytestmark = pytest.mark.service


def opened(world: World, **limits: Any) -> None:
    said = {"open": True, "countries": ["CA", "US"], **limits}
    world.api.add(OutboundLimits(team_id=world.team.id, decided_by=DecidedBy.OPERATOR.value, **said))


def path(world: World) -> str:
    return f"/team/{world.admin.team}/outbound"


def test_a_team_is_closed_until_an_operator_opens_it(any_world: World) -> None:
    world = any_world
    shown = world.call(world.admin, "GET", path(world)).json()
    assert (shown["open"], shown["countries"], shown["only"]) == (False, ["own"], None)
    assert world.call(world.admin, "PUT", path(world), json={"open": True}).json()["open"] is False
    opened(world)
    shown = world.call(world.admin, "GET", path(world)).json()
    assert (shown["open"], shown["countries"]) == (True, ["CA", "US"])
    assert shown["classes"] == ["fixed", "mobile", "toll-free"]


def test_a_team_only_narrows(any_world: World) -> None:
    world = any_world
    opened(world, team_per_day=10, classes=["fixed", "mobile"])
    wider = {
        "countries": ["US", "DE"],
        "classes": ["fixed", "premium"],
        "team_per_day": 99,
        "member_per_day": 2,
    }
    shown = world.call(world.admin, "PUT", path(world), json=wider).json()
    assert (shown["countries"], shown["only"], shown["classes"]) == (["CA", "US"], ["US", "DE"], ["fixed"])
    assert (shown["team_per_day"], shown["member_per_day"]) == (10, 2)
    assert shown["narrowed"]["classes"] == ["fixed", "premium"]
    assert world.engine.commands()[-1] == {"type": "config", "kind": "team", "id": world.team.id}
    assert world.call(world.admin, "PUT", path(world), json={"open": False}).json()["open"] is False
    shown = world.call(world.admin, "PUT", path(world), json={}).json()
    assert (shown["open"], shown["only"]) == (True, None)
    entries = world.call(world.admin, "GET", f"/team/{world.admin.team}/audit").json()
    assert [(entry["action"], entry["details"]) for entry in entries] == [
        ("outbound calls: team decided", {}),
        ("outbound calls: team decided", {"open": False}),
        ("outbound calls: team decided", wider),
    ]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("countries", ["Canada"]),
        ("countries", ["ca"]),
        ("classes", ["gold"]),
        ("team_per_day", -1),
        ("open", 1),
    ],
)
def test_limits_that_are_none_are_refused(world: World, field: str, value: Any) -> None:
    answer = world.call(world.admin, "PUT", path(world), json={field: value})
    assert answer.status_code == 400
    assert any(name.startswith(field) for name in answer.json()["response"])


def test_the_use_of_today_is_shown(world: World) -> None:
    used = {
        "outbound": world.team.id,
        "day": datetime.now(UTC).date().isoformat(),
        "calls": 3,
        "numbers": {"+14165550100": 3},
        "denied": {"country": 2},
    }
    world.engine.shows("outbound", used)
    today = world.call(world.admin, "GET", path(world)).json()["today"]
    assert (today["calls"], today["numbers"], today["denied"]) == (3, {"+14165550100": 3}, {"country": 2})
    world.engine.shows("outbound", {**used, "day": "2020-01-01"})
    assert world.call(world.admin, "GET", path(world)).json()["today"]["calls"] == 0


def test_a_dry_run_says_why_a_number_is_not_rung(world: World) -> None:
    blocks = {
        "out": {"type": "number", "settings": {"number": "+14165557000"}, "exits": {"failed": "end"}},
        "end": {"type": "hangup", "settings": {}, "exits": {}},
    }
    body = {"team": world.admin.team, "name": "Out", "entry": "out", "blocks": blocks}
    route = world.call(world.admin, "POST", "/callroute", json=body).json()["id"]
    dry = f"/callroute/{route}/dry-run"
    assert world.call(world.admin, "POST", dry, json={}).json()["path"][0]["why"] == "outbound: closed"
    opened(world)
    assert world.call(world.admin, "POST", dry, json={}).json()["path"][0]["why"] == "outbound: no-identity"
    world.api.add(DidNumber(team_id=world.team.id, e164="+14165550100"))
    assert world.call(world.admin, "POST", dry, json={}).json()["path"][0]["exit"] is None


def test_a_team_that_is_removed_takes_its_limits_along(world: World) -> None:
    opened(world)
    with world.api.session() as session:
        session.delete(session.get(Team, world.team.id))
        session.commit()
        gone = select(OutboundLimits).where(col(OutboundLimits.team_id) == world.team.id)
        assert session.exec(gone).all() == []
