"""Chats: who is in them, and which there can be."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlmodel import Session, func, select

from models import Chat, ChatType, ChatUser, Role
from models.chat import SHOWN, free_room_number
from tests.api.chat.group import Group
from tests.support.api.world import World

pytestmark = pytest.mark.service


def private(world: World, person: Any, other: Any) -> dict[str, Any]:
    body = {"type": "private", "team": world.admin.team, "users": [other.id]}
    answer = world.call(person, "POST", "/chat", json=body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def test_two_people_who_write_to_each_other_at_once_have_one_chat(any_world: World) -> None:
    world = any_world
    both = [(world.admin, world.member), (world.member, world.admin)] * 8
    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda pair: private(world, *pair)["id"], both))
    assert len(set(made)) == 1
    with Session(world.api.context.engine) as session:
        assert session.exec(select(func.count()).select_from(Chat)).one() == 1
        assert session.exec(select(func.count()).select_from(ChatUser)).one() == 2


def test_a_private_chat_has_two_people(any_world: World) -> None:
    world = any_world
    path = f"/chat/{private(world, world.admin, world.member)['id']}"
    colleague = world.api.person(world.team)
    assert world.call(world.admin, "POST", f"{path}/users", json={"user": colleague.id}).status_code == 409
    assert world.call(world.admin, "DELETE", f"{path}/users").status_code == 409
    assert world.call(world.admin, "DELETE", f"{path}/users/{world.member.id}").status_code == 409
    assert world.call(world.admin, "PATCH", path, json={"locked": False}).status_code == 400
    for users in ([], [world.admin.id], [world.member.id, colleague.id]):
        body = {"type": "private", "team": world.admin.team, "users": users}
        assert world.call(world.admin, "POST", "/chat", json=body).status_code == 400


def test_a_user_is_named_by_the_membership_too(any_world: World) -> None:
    world = any_world
    assert world.member.member
    body = {
        "type": "room",
        "team": world.admin.team,
        "users": [f"a{world.member.member.id}", world.member.id],
    }
    made = world.call(world.admin, "POST", "/chat", json=body).json()
    users = world.call(world.admin, "GET", f"/chat/{made['id']}/users").json()
    assert sorted(user["id"] for user in users) == sorted([world.admin.id, world.member.id])


def test_a_member_who_is_deactivated_sees_no_chat_and_is_not_listed(group: Group) -> None:
    world = group.world
    colleague = world.api.person(world.team)
    world.call(world.admin, "POST", f"{group.path}/users", json={"user": colleague.id})
    assert world.call(colleague, "GET", group.path).status_code == 200
    assert (
        world.call(world.admin, "DELETE", f"/team/{world.admin.team}/users/{colleague.id}").status_code == 200
    )
    assert world.call(colleague, "GET", group.path).status_code == 404
    assert world.call(colleague, "GET", "/chat").json() == []
    listed = world.call(world.admin, "GET", f"{group.path}/users").json()
    assert colleague.id not in {user["id"] for user in listed}


def test_an_archived_chat_is_in_no_list_and_takes_no_message(group: Group) -> None:
    world = group.world
    with world.api.session() as session:
        chat = session.get_one(Chat, group.id[1:])
        chat.archived_at = chat.created_at
    assert world.call(world.admin, "GET", "/chat").json() == []
    assert world.call(world.admin, "GET", group.path).json()["archived_at"] is not None
    assert world.call(world.admin, "POST", f"{group.path}/messages", json={"body": "x"}).status_code == 409


def test_bad_fields_are_all_named_at_once(any_world: World) -> None:
    world = any_world
    body = {"type": "group", "team": "x", "name": "a\nb", "users": ["y"], "color": "red", "purpose": "\x07"}
    refused = world.call(world.admin, "POST", "/chat", json=body)
    assert (refused.status_code, refused.json()["errorType"]) == (400, "validation")
    assert refused.json()["response"].keys() >= {"type", "team", "name", "color", "purpose"}


def test_what_a_client_may_not_set_is_ignored(group: Group) -> None:
    world = group.world
    before = world.call(world.admin, "GET", group.path).json()
    body = {
        "owner": world.member.id,
        "conf_pin": 1,
        "roomNumber": 1,
        "team": world.stranger.team,
        "type": "private",
    }
    after = world.call(world.admin, "PATCH", group.path, json=body).json()
    assert {name: after[name] for name in body} == {name: before[name] for name in body}


def test_events_and_answers_show_a_chat_alike(group: Group) -> None:
    shown = group.world.call(group.world.admin, "GET", group.path).json()
    (created,) = group.events("chat")
    assert (created["verb"], created["audience"]["chat"]) == ("created", group.id[1:])
    assert created["data"] == {name: shown[name] for name in SHOWN}


def test_who_comes_and_goes_is_told(group: Group) -> None:
    world = group.world
    colleague = world.api.person(world.team)
    world.call(world.admin, "POST", f"{group.path}/users", json={"user": colleague.id})
    world.call(world.admin, "POST", f"{group.path}/typing", json={"typing": True})
    world.call(world.admin, "DELETE", f"{group.path}/users/{colleague.id}")
    world.call(world.admin, "DELETE", group.path)
    _created, added, typing, removed, destroyed = group.events("chat")
    assert (added["verb"], added["data"]) == ("addedTo", {"attribute": "users", "addedId": colleague.id})
    assert (typing["verb"], typing["audience"]["but"]) == ("messaged", world.admin.user.id)
    assert typing["data"] == {"type": "typing", "user": world.admin.id, "typing": True}
    assert removed["data"] == {"attribute": "users", "removedId": colleague.id}
    assert removed["audience"]["users"] == [colleague.user.id]
    assert set(destroyed["audience"]["users"]) == {world.admin.user.id, world.member.user.id}


def test_a_guest_reaches_only_the_chat_that_they_joined(group: Group) -> None:
    world = group.world
    other = Group.make(world)
    guest = world.api.person(world.team, Role.GUEST)
    world.api.add(ChatUser(chat_id=group.id[1:], user_id=guest.user.id))
    assert world.call(guest, "GET", group.path).status_code == 200
    assert world.call(guest, "GET", other.path).status_code == 404
    assert world.call(guest, "GET", f"/team/{world.admin.team}/users").status_code == 404


def test_room_numbers_have_more_digits_once_five_are_used_up(
    any_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.chat._digits", lambda length: 10 ** (length - 1))
    with any_world.api.session() as session:
        assert free_room_number(session) == 10_000
        session.add(
            Chat(team_id=any_world.team.id, type=ChatType.ROOM.value, room_number=10_000, conf_pin=10_000)
        )
        session.flush()
        assert free_room_number(session) == 100_000
