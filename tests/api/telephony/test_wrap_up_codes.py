"""Wrap-up codes over HTTP: list, add, remove, and what a call's wrap-up takes."""

from typing import Any

import pytest

from models import CallLog
from tests.support.api.world import World, pid

pytestmark = pytest.mark.service


def add(world: World, code: str, name: str = "Sale") -> Any:
    path = f"/team/{world.admin.team}/wrapupcodes"
    return world.call(world.admin, "POST", path, json={"code": code, "name": name})


def test_admins_add_and_remove_codes_and_members_read_them(
    any_world: World,
) -> None:
    world = any_world
    path = f"/team/{world.member.team}/wrapupcodes"
    sale = add(world, "sale")
    assert (sale.status_code, sale.json()["code"], sale.json()["name"]) == (201, "sale", "Sale")
    assert add(world, "complaint", "Complaint").status_code == 201
    listed = world.call(world.member, "GET", path)
    assert [code["code"] for code in listed.json()] == ["complaint", "sale"]
    assert listed.headers["X-Total-Count"] == "2"
    assert world.call(world.member, "GET", path, params={"code": "sale"}).json() == [sale.json()]
    taken = add(world, "sale")
    assert (taken.status_code, taken.json()["response"]["code"]) == (409, "sale")
    for body in ({}, {"code": "a b", "name": "x"}, {"code": "x", "name": ""}, {"code": 5, "name": "x"}):
        assert world.call(world.admin, "POST", path, json=body).status_code == 400
    by_id, by_code = f"{path}/{sale.json()['id']}", f"{path}/complaint"
    assert world.call(world.member, "DELETE", by_code).status_code == 403
    assert world.call(world.member, "POST", path, json={"code": "x", "name": "x"}).status_code == 403
    assert world.call(world.admin, "DELETE", by_id).json() == sale.json()
    assert world.call(world.admin, "DELETE", by_code).status_code == 200
    assert world.call(world.admin, "DELETE", by_code).status_code == 404
    assert world.call(world.admin, "GET", path).json() == []


def test_calls_take_the_teams_codes_and_keep_removed_ones(world: World) -> None:
    log = CallLog(team_id=world.team.id, disposition="answered")
    world.api.add(log)
    add(world, "sale")
    path = f"/call-log/{pid(log)}/wrapup"
    assert world.call(world.admin, "POST", path, json={"code": "other"}).status_code == 400
    assert world.call(world.admin, "POST", path, json={"code": "sale"}).status_code == 200
    world.call(world.admin, "DELETE", f"/team/{world.admin.team}/wrapupcodes/sale")
    assert world.call(world.admin, "GET", f"/call-log/{pid(log)}").json()["wrap_up_code"] == "sale"
