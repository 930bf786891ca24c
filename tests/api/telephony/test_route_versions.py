"""The versions of a call route over HTTP, and the roll-back to one of them."""

from typing import Any

import pytest

from models import CallRoute
from tests.support.api.world import World, pid

pytestmark = pytest.mark.service

END = {"type": "hangup", "settings": {}, "exits": {}}


def saved(world: World) -> str:
    """A route whose first version fetches with a secret, and whose second one only hangs up."""
    look_up = {
        "type": "fetch",
        "settings": {"url": "https://crm.example.com/", "headers": {"Authorization": "Bearer s3cret"}},
        "exits": {"next": "end", "failed": "end"},
    }
    body = {"name": "One", "entry": "get", "blocks": {"get": look_up, "end": END}, "team": world.admin.team}
    made = world.call(world.admin, "POST", "/callroute", json=body)
    path = f"/callroute/{made.json()['id']}"
    second = {"name": "Two", "entry": "end", "blocks": {"end": END}}
    assert world.call(world.admin, "PATCH", path, json=second).json()["version"] == 2
    return path


def test_versions_are_listed_and_shown_without_secrets(any_world: World) -> None:
    world = any_world
    path = saved(world)
    listed = world.call(world.member, "GET", f"{path}/versions")
    assert [version["version"] for version in listed.json()] == [2, 1]
    assert {version["saved_by"] for version in listed.json()} == {world.admin.id}
    assert listed.headers["X-Total-Count"] == "2"
    one = world.call(world.member, "GET", f"{path}/versions/1")
    assert (one.json()["name"], one.json()["entry"]) == ("One", "get")
    assert one.json()["blocks"]["get"]["settings"]["headers"] == {"Authorization": "********"}
    for missing in ("3", "0", "x", "99999999999999999999"):
        assert world.call(world.member, "GET", f"{path}/versions/{missing}").status_code == 404


def test_a_roll_back_makes_the_next_version_with_its_secrets(world: World) -> None:
    path = saved(world)
    assert world.call(world.member, "POST", f"{path}/versions/1/restore").status_code == 403
    back = world.call(world.admin, "POST", f"{path}/versions/1/restore")
    assert (back.status_code, back.json()["version"], back.json()["name"]) == (200, 3, "One")
    assert "s3cret" not in back.text
    assert world.engine.commands()[-1] == {"type": "config", "kind": "route", "id": back.json()["id"][1:]}
    again = world.call(world.admin, "POST", f"{path}/versions/3/restore")
    assert (again.status_code, again.json()["version"]) == (200, 3)
    row = world.api.get(CallRoute, back.json()["id"])
    assert row.blocks["get"]["settings"]["headers"] == {"Authorization": "Bearer s3cret"}


def test_a_version_that_names_what_is_gone_is_refused(world: World) -> None:
    queue = world.queue()
    blocks: dict[str, Any] = {"q": {"type": "queue", "settings": {"queue": pid(queue)}, "exits": {}}}
    body = {"name": "One", "entry": "q", "blocks": blocks, "team": world.admin.team}
    path = f"/callroute/{world.call(world.admin, 'POST', '/callroute', json=body).json()['id']}"
    world.call(world.admin, "PATCH", path, json={"entry": "end", "blocks": {"end": END}})
    assert world.call(world.admin, "DELETE", f"/CCQueueConfig/{pid(queue)}").status_code == 200
    refused = world.call(world.admin, "POST", f"{path}/versions/1/restore")
    assert refused.status_code == 400
    (problem,) = refused.json()["response"]["problems"]
    assert (problem["block"], problem["field"]) == ("q", "settings.queue")
