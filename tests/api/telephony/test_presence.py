"""Members' states over HTTP."""

from typing import Any

import pytest

from switchroom.ids import public_id
from tests.support.api.world import Refuses, World

pytestmark = pytest.mark.service


def path(world: World) -> str:
    return f"/team/{world.admin.team}/presence"


def shows(world: World, state: str) -> None:
    member = world.member.member
    assert member is not None
    view = {"member": member.id, "team": world.team.id, "user": world.member.user.id, "state": state}
    world.engine.shows("member", {**view, "since": 1_700_000_000.0})


def states(world: World) -> dict[str, Any]:
    return {row["user"]: row for row in world.call(world.member, "GET", path(world)).json()}


def test_a_member_sees_what_colleagues_do(any_world: World) -> None:
    world, me = any_world, public_id(any_world.member.user.id)
    shows(world, "on-call")
    rows = states(world)
    assert {me, public_id(world.admin.user.id)} < set(rows), "and the team's owner"
    assert (rows[me]["extension"], rows[me]["state"], rows[me]["since"]) == (
        "101", "on-call", "2023-11-14T22:13:20.000Z",
    )  # fmt: skip
    other = rows[public_id(world.admin.user.id)]
    assert (other["state"], other["since"]) == ("offline", None), "the engine has said nothing"


def test_the_list_of_members_has_it_too(world: World) -> None:
    shows(world, "dnd")
    rows = world.call(world.member, "GET", f"/team/{world.admin.team}/users").json()
    assert {row["id"]: row["state"] for row in rows}[public_id(world.member.user.id)] == "dnd"


def test_no_one_else_sees_it(world: World, refuses_outsiders: Refuses) -> None:
    refuses_outsiders("GET", path(world))
