"""The section `numbers` of the contract."""

from typing import Any

import pytest

from models import DidNumber, InventoryNumber
from tests.contract.sections.driving import EMPTY, drive
from tests.support.api.world import World, pid

pytestmark = pytest.mark.service


def number(world: World) -> DidNumber:
    row = DidNumber(team_id=world.team.id, e164="+14165550100", name="Main")
    world.api.add(row)
    return row


@pytest.mark.operation("list-numbers")
def test_list_numbers_by_both_methods(any_world: World) -> None:
    world, row = any_world, number(any_world)
    for method, body in (("GET", {}), ("POST", {"json": {}})):
        options: dict[str, Any] = {"strangers": EMPTY, "guests": EMPTY, **body}
        listed = drive(world, world.member, method, "/didnumber", **options)
        assert [(it["id"], it["number"]) for it in listed] == [(pid(row), "+14165550100")]


@pytest.mark.operation("create-number")
def test_create_number(any_world: World) -> None:
    world = any_world
    place = {"country": "CA", "state": "ON", "city": "Toronto", "area_code": "416"}
    world.api.add(InventoryNumber(e164="+14165550101", **place))
    body = {"team": world.admin.team, **place}
    refused = {"strangers": (400, 404), "guests": (400, 403, 404)}
    made = drive(world, world.admin, "POST", "/didnumber", 201, json=body, **refused)
    assert (made["number"], made["team"]) == ("+14165550101", world.admin.team)


@pytest.mark.operation("get-number", "update-number")
def test_get_and_update_number(any_world: World) -> None:
    world, row, queue = any_world, number(any_world), any_world.queue()
    path = f"/didnumber/{pid(row)}"
    assert drive(world, world.member, "GET", path)["name"] == "Main"
    changed = drive(world, world.admin, "PATCH", path, json={"name": "Sales", "queue": pid(queue)})
    assert (changed["name"], changed["queue"]) == ("Sales", pid(queue))
