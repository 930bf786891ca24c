"""The section `routes` of the contract. The document shows no body, but its query parameters `userid` and `slug`."""

from typing import Any

import pytest

from tests.contract.sections.driving import EMPTY, drive
from tests.support.api.world import World

pytestmark = pytest.mark.service

BLOCKS = {"bye": {"type": "hangup", "settings": {}, "exits": {}}}


def made_by(world: World) -> dict[str, Any]:
    body = {"team": world.admin.team, "name": "Main line", "entry": "bye", "blocks": BLOCKS}
    return dict(world.call(world.admin, "POST", "/callroute", json=body).json())


@pytest.mark.operation("create-route")
def test_create_route(any_world: World) -> None:
    world = any_world
    body = {"team": world.admin.team, "name": "Main line", "entry": "bye", "blocks": BLOCKS}
    path = f"/callroute?userid={world.admin.id}&slug={world.team.slug}"
    refused = {"strangers": (400, 404), "guests": (400, 403, 404)}
    made = drive(world, world.admin, "POST", path, 201, json=body, **refused)
    assert (made["name"], made["entry"], made["team"]) == ("Main line", "bye", world.admin.team)


@pytest.mark.operation("get-route", "list-routes", "update-route")
def test_get_list_and_update_routes(any_world: World) -> None:
    world, route = any_world, made_by(any_world)
    assert drive(world, world.member, "GET", f"/callroute/{route['id']}")["name"] == "Main line"
    listed = drive(world, world.member, "GET", "/callroute", strangers=EMPTY, guests=EMPTY)
    assert [it["id"] for it in listed] == [route["id"]]
    changed = drive(world, world.admin, "PATCH", f"/callroute/{route['id']}", json={"name": "Second line"})
    assert changed["name"] == "Second line"


@pytest.mark.operation("delete-route")
def test_delete_route(any_world: World) -> None:
    world = any_world
    path = f"/callroute/{made_by(world)['id']}"
    drive(world, world.admin, "DELETE", path)
    assert world.call(world.admin, "GET", path).status_code == 404
