"""Conferences over HTTP: how to get in, who is there, and what moderators ask for."""

from typing import Any

import pytest

from models import CallRoute, Chat, ChatUser, DidNumber, Role, Team
from switchroom.ids import new_id, public_id
from tests.support.api.client import Person
from tests.support.api.world import Refuses, World, pid

pytestmark = pytest.mark.service

SETTINGS = {
    "wait_for_moderator": False,
    "end_with_moderator": False,
    "announce": "none",
    "record": False,
    "muted": False,
    "max_members": 0,
}


def chat(world: World, *people: Person, number: int = 11820, **fields: Any) -> Chat:
    """A room of the member, the admin and these people."""
    made = Chat(
        **{
            "team_id": world.team.id,
            "owner_id": world.member.user.id,
            "type": "room",
            "name": "Debrief",
            "room_number": number,
            "conf_pin": 42734,
            **fields,
        }
    )
    there = (world.member, world.admin, *people)
    world.api.add(made, *(ChatUser(chat_id=made.id, user_id=person.user.id) for person in there))
    return made


def goes_on(world: World, made: Chat, *people: Person | None) -> list[str]:
    """Let a conference go on, with these people in it. Return their calls."""
    calls = [new_id() for _ in people]
    there = [
        {
            "call": call,
            "user": None if person is None else person.user.id,
            "name": "Somebody",
            "caller": "+14165550199",
            "joined_at": 1_700_000_000.0,
        }
        for call, person in zip(calls, people, strict=True)
    ]
    world.engine.shows(
        "conference",
        {
            "conference": made.id,
            "team": made.team_id,
            "number": str(made.room_number),
            "started_at": 1_700_000_000.0,
            "participants": there,
        },
    )
    return calls


def changes(world: World, who: Person, made: Chat, **body: Any) -> int:
    return world.call(who, "POST", f"/chat/{pid(made)}/room/change", json=body).status_code


def test_how_to_get_in(any_world: World) -> None:
    world = any_world
    made = chat(world)
    blocks = {"c": {"type": "conference", "settings": {}, "exits": {}}}
    own = {"c": {"type": "conference", "settings": {"number": "11820"}, "exits": {}}}
    other = {"c": {"type": "conference", "settings": {"room": "daily"}, "exits": {}}}
    numbers = {}
    for digit, document in enumerate((blocks, own, other)):
        route = CallRoute(team_id=world.team.id, name=f"R{digit}", entry="c", blocks=document)
        world.api.add(route)
        e164 = f"+1416555010{digit}"
        numbers[e164] = DidNumber(team_id=world.team.id, e164=e164, route_id=route.id)
    world.api.add(*numbers.values())
    shown = world.call(world.member, "GET", f"/chat/{pid(made)}/room").json()
    assert shown == {
        "chat": pid(made),
        "roomNumber": 11820,
        "conf_pin": 42734,
        "dial": {"extension": "11820", "numbers": ["+14165550100", "+14165550101"]},
        "moderator": True,
        **SETTINGS,
        "live": None,
    }


def test_who_is_there_is_shown_to_the_people_of_the_chat(world: World, refuses_outsiders: Refuses) -> None:
    guest = world.api.person(world.team, Role.GUEST)
    made, unseen = chat(world, guest), chat(world, number=11821)
    (call,) = goes_on(world, made, world.member)
    path = f"/chat/{pid(made)}/room"
    (who,) = world.call(world.member, "GET", path).json()["live"]["participants"]
    assert who == {
        "call": public_id(call),
        "user": world.member.id,
        "name": "Somebody",
        "from": "+14165550199",
        "moderator": False,
        "muted": False,
        "talking": False,
        "joined_at": "2023-11-14T22:13:20.000Z",
    }
    seen = world.call(guest, "GET", path).json()
    assert seen["live"]["participants"][0]["from"] == "", "guests do not see numbers"
    assert not seen["moderator"]
    listed = world.call(world.member, "GET", f"/team/{world.member.team}/conferences").json()
    assert [it["id"] for it in listed] == [pid(made)]
    assert world.call(world.member, "GET", f"/chat/{pid(unseen)}/room").json()["live"] is None
    colleague = world.api.person(world.team)
    assert world.call(colleague, "GET", path).status_code == 404
    assert world.call(colleague, "GET", f"/team/{world.member.team}/conferences").json() == []
    refuses_outsiders("GET", path)
    refuses_outsiders("PATCH", path, json={"record": True})
    refuses_outsiders("POST", f"{path}/change", json={"action": "lock"})
    refuses_outsiders("GET", f"/team/{world.member.team}/conferences")


def test_settings_are_the_owners_and_admins(any_world: World) -> None:
    world = any_world
    other = world.api.person(world.team)
    made = chat(world, other)
    path = f"/chat/{pid(made)}/room"
    wanted = {"wait_for_moderator": True, "announce": "tone", "max_members": 12}
    changed = world.call(world.member, "PATCH", path, json=wanted)
    assert changed.status_code == 200
    assert {name: changed.json()[name] for name in SETTINGS} == {**SETTINGS, **wanted}
    assert world.call(world.admin, "PATCH", path, json={"announce": "none"}).json()["announce"] == "none"
    assert world.call(other, "PATCH", path, json={"record": True}).status_code == 403
    wrong = world.call(world.member, "PATCH", path, json={"announce": "loud", "max_members": -1})
    assert wrong.status_code == 400
    assert set(wrong.json()["response"]) == {"announce", "max_members"}
    assert "none, tone, name" in wrong.json()["response"]["announce"]


def test_moderators_ask_the_engine(world: World) -> None:
    other = world.api.person(world.team)
    made = chat(world, other)
    _, his = goes_on(world, made, world.member, other)
    for action in ("lock", "unlock", "record", "stop-recording"):
        assert changes(world, world.member, made, action=action) == 202
    for action in ("mute", "unmute", "kick"):
        assert changes(world, world.admin, made, action=action, participant=public_id(his)) == 202
    asked = [command for command in world.engine.commands() if command["type"] == "room"]
    assert changes(world, world.admin, made, action="mute") == 202
    assert world.engine.commands()[-1]["participant"] is None, "all who do not moderate"
    assert [command["action"] for command in asked] == [
        "lock", "unlock", "record", "stop-recording", "mute", "unmute", "kick",
    ]  # fmt: skip
    assert asked[-1] == {
        "type": "room",
        "team": world.team.id,
        "chat": made.id,
        "action": "kick",
        "participant": his,
        "by": world.admin.user.id,
    }


def test_others_mute_themselves_alone(world: World) -> None:
    other = world.api.person(world.team)
    made = chat(world, other)
    owners, his = goes_on(world, made, world.member, other)
    assert changes(world, other, made, action="mute", participant=public_id(his)) == 202
    assert changes(world, other, made, action="mute", participant=public_id(owners)) == 403
    assert changes(world, other, made, action="kick", participant=public_id(his)) == 403
    assert changes(world, other, made, action="lock") == 403


def test_what_cannot_be_done_is_told(world: World) -> None:
    made = chat(world)
    assert changes(world, world.member, made, action="lock") == 409, "nobody is there"
    goes_on(world, made, world.member)
    assert changes(world, world.member, made, action="kick") == 400
    assert changes(world, world.member, made, action="mute", participant=public_id(new_id())) == 400
    assert changes(world, world.member, made, action="lock", participant=public_id(new_id())) == 400
    assert changes(world, world.member, made, action="dance") == 400
    with world.api.session() as session:
        session.get_one(Team, world.team.id).recording = "none"
    assert changes(world, world.member, made, action="record") == 409
