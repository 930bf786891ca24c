"""`POST /v1/call`: one's own telephone rings first, then what one wants to call."""

from typing import Any

import pytest

from models import DecidedBy, DidNumber, OutboundLimits, sip_username
from switchroom.ids import parse_id, public_id
from tests.support.api.world import Refuses, World

pytestmark = pytest.mark.service

OUTSIDE = "+14165550177"


@pytest.fixture
def team(world: World) -> World:
    """A team in Canada with a number, which may dial in its own country."""
    world.team.country = "Canada"
    world.api.add(world.team)
    world.api.add(DidNumber(team_id=world.team.id, e164="+14165550100"))
    said: dict[str, Any] = {"open": True, "countries": ["own"], "classes": ["fixed", "mobile"]}
    world.api.add(OutboundLimits(team_id=world.team.id, decided_by=DecidedBy.OPERATOR.value, **said))
    for number, person in enumerate((world.admin, world.member), 7001):
        assert person.member is not None
        person.member.extension = str(number)
        person.member.sip_username = sip_username(str(number), world.team.id)
        world.api.add(person.member)
    return world


def place(world: World, to: Any, **more: Any) -> tuple[int, dict[str, Any]]:
    answer = world.call(world.member, "POST", "/call", json={"to": to, **more})
    told = answer.json()
    return answer.status_code, told.get("response", told)


@pytest.mark.parametrize("to", [OUTSIDE, "416 555-0177", "(416) 555-0177", "1 416 555 0177"])
def test_a_number_as_people_write_it(team: World, to: str) -> None:
    status, told = place(team, to)
    assert status == 202, told
    (command,) = team.engine.commands()
    assert team.member.member is not None
    assert command == {
        "type": "place-call",
        "call": parse_id(told["id"]),
        "member": team.member.member.id,
        "dialled": OUTSIDE,
        "number": OUTSIDE,
    }


def test_a_colleagues_extension(team: World) -> None:
    status, told = place(team, "7001")
    assert status == 202, told
    (command,) = team.engine.commands()
    assert (command["dialled"], command["number"]) == ("7001", "")


@pytest.mark.parametrize(
    ("to", "reason"),
    [
        ("+4915112345678", "country"),
        ("+19005551234", "country"),
        ("911", "emergency"),
    ],
)
def test_what_may_not_be_called_is_refused_with_the_reason(team: World, to: str, reason: str) -> None:
    status, told = place(team, to)
    assert (status, told["reason"]) == (409, reason)
    assert team.engine.commands() == []


def test_a_team_that_is_closed(world: World) -> None:
    assert place(world, OUTSIDE)[1]["reason"] == "closed"


def test_a_team_without_a_number(world: World) -> None:
    said: dict[str, Any] = {"open": True, "countries": ["CA"], "classes": ["fixed", "mobile"]}
    world.api.add(OutboundLimits(team_id=world.team.id, decided_by=DecidedBy.OPERATOR.value, **said))
    assert place(world, OUTSIDE)[1]["reason"] == "no-identity"


def test_a_number_of_ours_needs_no_leave(world: World) -> None:
    world.api.add(DidNumber(team_id=world.team.id, e164="+14165550100"))
    assert place(world, "+14165550100")[0] == 202


def test_ones_own_extension(team: World) -> None:
    assert place(team, "7002")[1]["reason"] == "own-extension"


@pytest.mark.parametrize("to", ["", "hello", "12345678", "998"])
def test_what_is_no_destination(team: World, to: str) -> None:
    status, told = place(team, to)
    assert (status, "to" in told) == (400, True), told


def test_a_member_without_a_telephone(team: World) -> None:
    membership = team.member.member
    assert membership is not None
    membership.sip_username = membership.extension = None
    team.api.add(membership)
    assert place(team, OUTSIDE)[1]["reason"] == "no-phone"


def test_an_agent_whose_telephone_is_not_registered(team: World) -> None:
    agent = team.agent(team.member)
    view = {
        "agent": agent.id, "team": team.team.id, "status": "Available", "reason": "", "since": 1.0,
        "state": "Available", "call": None, "registered": False, "queues": {},
    }  # fmt: skip
    team.engine.shows("agent", view)
    assert place(team, OUTSIDE)[1]["reason"] == "not-registered"
    team.engine.shows("agent", {**view, "registered": True})
    assert place(team, OUTSIDE)[0] == 202


def test_strangers(team: World, refuses_outsiders: Refuses) -> None:
    body = {"to": OUTSIDE, "team": public_id(team.team.id)}
    refuses_outsiders("POST", "/call", json=body)
    assert team.engine.commands() == []
