"""The section `workspace` of the contract."""

from typing import Any

import pytest

from tests.contract.sections.test_chats import good, guest_in, outsiders, room
from tests.support.api.world import World

__all__ = ["room"]

pytestmark = pytest.mark.service


@pytest.fixture
def path(any_world: World, room: dict[str, Any]) -> str:
    """Return the path of the workspace of a team, in which the member has two events."""
    world = any_world
    mention = f"hey <mention user='{world.member.id}'>matt</mention>!"
    for _ in range(2):
        sent = good(
            world.call(world.admin, "POST", f"/chat/{room['id']}/messages", json={"body": mention}), 201
        )
        assert sent["user_mentions"] == [world.member.id]
    return f"/team/{world.admin.team}/workspace"


@pytest.mark.operation("list-workspace")
def test_list_workspace(any_world: World, room: dict[str, Any], path: str) -> None:
    world = any_world
    events = good(world.call(world.member, "GET", path))
    assert [(event["type"], event["chat"], event["user"]) for event in events] == [
        ("mention", room["id"], world.member.id)
    ] * 2
    assert good(world.call(world.admin, "GET", path)) == []
    assert world.call(None, "GET", path).status_code == 401
    for person in (world.stranger, guest_in(world, room)):
        assert world.call(person, "GET", path).status_code == 404


@pytest.mark.operation("read-workspace-event")
def test_read_workspace_events(any_world: World, path: str) -> None:
    world = any_world
    newest, oldest = (event["id"] for event in good(world.call(world.member, "GET", path)))
    read = good(world.call(world.member, "PATCH", f"{path}/{newest}"))
    assert (read["id"], read["read_at"] is None) == (newest, False)
    assert [event["id"] for event in good(world.call(world.member, "GET", path))] == [oldest]
    assert len(good(world.call(world.member, "GET", path, params={"read": "true"}))) == 2
    outsiders(world, "PATCH", f"{path}/{newest}")
    assert world.call(world.admin, "PATCH", f"{path}/{newest}").status_code == 404
    assert good(world.call(world.member, "PATCH", path)) == {"changed": 1}
    assert good(world.call(world.member, "GET", path)) == []
    assert good(world.call(world.member, "PATCH", path, json={"read": False})) == {"changed": 2}
    assert len(good(world.call(world.member, "GET", path))) == 2
    assert world.call(None, "PATCH", path).status_code == 401
    assert world.call(world.stranger, "PATCH", path).status_code == 404


@pytest.mark.operation("delete-workspace-event")
def test_delete_workspace_event(any_world: World, path: str) -> None:
    world = any_world
    newest, oldest = (event["id"] for event in good(world.call(world.member, "GET", path)))
    outsiders(world, "DELETE", f"{path}/{newest}")
    deleted = good(world.call(world.member, "DELETE", f"{path}/{newest}"))
    assert (deleted["id"], deleted["deleted_at"] is None) == (newest, False)
    assert [event["id"] for event in good(world.call(world.member, "GET", path))] == [oldest]
    assert len(good(world.call(world.member, "GET", path, params={"deleted": "true"}))) == 2
