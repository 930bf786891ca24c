"""The section `chats` of the contract, with the document's own bodies and answers."""

from typing import Any

import pytest
from httpx import Response

from models import ChatUser, Role
from tests.support.api.client import Person
from tests.support.api.documented import assert_documented
from tests.support.api.world import World

pytestmark = pytest.mark.service

ID = "ad63202ae19764ba2f619ce0758d3ece9"
TIME = "2017-12-13T18:26:13.000Z"
CREATED: dict[str, Any] = {
    "type": "private|room", "name": "Chat name if it's a group", "purpose": "something", "created_at": TIME,
    "updated_at": TIME, "locked": True, "url": "chat-name-if-it's-a-group", "last_message_time": None,
    "roomNumber": 18348, "callcenter_ring": None, "callcenter_voicemail_password": None,
    "callcenter_max_time": None, "callcenter_hold_music": None, "color": "f864b1", "avatar": None,
    "conf_pin": 94176, "id": ID, "team": None, "pin": ID, "users": [], "messages": [], "links": [], "files": [],
    "callcenter_transfer_to": None, "routes": [], "owner": ID,
}  # fmt: skip
PRIVATE = {
    **CREATED, "type": "private", "favorite": True, "unread": 0, "do_not_disturb": None, "last_seen": TIME,
    "pin": None, "url": None,
}  # fmt: skip
PERSON = {
    "role": "member", "position": None, "accepted": TIME, "first_name": "Pickle", "last_name": "Rick",
    "color": "87b1c4", "avatar": "https://example.com/a.jpeg", "email": "a@example.com", "notification": True,
    "status": "active", "state": "online", "extension": ["125"], "last_login": TIME, "created_at": TIME,
    "deleted_at": None, "work_number": "6472422012", "home_number": "6472422012", "mobile_number": "6472422012",
    "website": None, "caller_id_name": None, "caller_id_number": None, "voicemail": False, "forward": False,
    "forward_number": None, "latitude": None, "longitude": None, "theme": "dark",
    "thumb_url": "https://example.com/a.jpeg", "routes": [], "defaultContacts": None, "teamUserId": ID, "id": ID,
    "team": ID, "plan": ID, "defaultCalendar": None, "user": ID,
}  # fmt: skip
GROUP = {**CREATED, "type": "room", "favorite": True, "unread": 0, "do_not_disturb": None, "last_seen": TIME}
ALL_INFO = {**GROUP, "owner": PERSON, "users": [PERSON]}


def documented_body(type: str, team: str, *users: str) -> dict[str, Any]:
    return {
        "name": "Chat name if it's a group",
        "purpose": "something",
        "type": type,
        "team": team,
        "users": list(users),
    }


@pytest.fixture
def room(any_world: World) -> dict[str, Any]:
    """Return a group of the admin, who owns it, and the member."""
    world = any_world
    answer = world.call(
        world.admin, "POST", "/chat", json=documented_body("room", world.admin.team, world.member.id)
    )
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def guest_in(world: World, room: dict[str, Any] | None) -> Person:
    """Return a guest of the team, who joined the room, if one is given."""
    guest = world.api.person(world.team, Role.GUEST)
    if room:
        world.api.add(ChatUser(chat_id=room["id"][1:], user_id=guest.user.id))
    return guest


def outsiders(world: World, method: str, path: str, **options: Any) -> None:
    """Check that the chat is hidden from all who are not in it, and that a token is asked for."""
    assert world.call(None, method, path, **options).status_code == 401
    colleague, guest = world.api.person(world.team), guest_in(world, None)
    for person in (world.stranger, colleague, guest):
        answer = world.call(person, method, path, **options)
        assert answer.status_code == 404, (person, answer.text)


def good(answer: Response, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()


@pytest.mark.operation("create-chat")
def test_create_chat(any_world: World) -> None:
    world = any_world
    body = documented_body("room", world.admin.team, world.member.id)
    made = good(world.call(world.admin, "POST", "/chat", json=body), 201)
    assert_documented(made, CREATED)
    assert (made["name"], made["purpose"], made["url"]) == (body["name"], body["purpose"], CREATED["url"])
    assert (made["team"], made["owner"], made["locked"]) == (world.admin.team, world.admin.id, True)
    assert 10_000 <= made["roomNumber"] <= 99_999
    assert 10_000 <= made["conf_pin"] <= 99_999
    private = good(
        world.call(
            world.admin, "POST", "/chat", json=documented_body("private", world.admin.team, world.member.id)
        ),
        201,
    )
    assert_documented(private, PRIVATE)
    again = good(
        world.call(
            world.member, "POST", "/chat", json=documented_body("private", world.admin.team, world.admin.id)
        ),
        201,
    )
    assert again["id"] == private["id"]
    assert world.call(None, "POST", "/chat", json=body).status_code == 401
    assert world.call(world.stranger, "POST", "/chat", json=body).status_code == 400
    assert world.call(guest_in(world, None), "POST", "/chat", json=body).status_code == 400
    stranger = documented_body("room", world.admin.team, world.stranger.id)
    refused = world.call(world.admin, "POST", "/chat", json=stranger)
    assert (refused.status_code, list(refused.json()["response"])) == (400, ["users"])


@pytest.mark.operation("list-chats")
def test_list_chats(any_world: World, room: dict[str, Any]) -> None:
    world = any_world
    listed = good(
        world.call(world.member, "GET", "/chat", params={"limit": 100, "skip": 0, "team": world.admin.team})
    )
    assert [chat["id"] for chat in listed] == [room["id"]]
    assert_documented(listed[0], GROUP)
    guest = guest_in(world, room)
    assert [chat["id"] for chat in good(world.call(guest, "GET", "/chat"))] == [room["id"]]
    for person in (world.stranger, world.api.person(world.team), guest_in(world, None)):
        assert good(world.call(person, "GET", "/chat")) == []
    assert world.call(None, "GET", "/chat").status_code == 401


@pytest.mark.operation("get-chat")
def test_get_chat(any_world: World, room: dict[str, Any]) -> None:
    world, path = any_world, f"/chat/{room['id']}"
    assert_documented(good(world.call(world.member, "GET", path)), GROUP)
    world.call(world.admin, "POST", f"{path}/messages", json={"type": "text", "body": "Something!"})
    whole = good(world.call(world.member, "GET", path, params={"populate": "messages,users,owner"}))
    assert_documented(whole, ALL_INFO)
    assert whole["owner"]["id"] == world.admin.id
    assert {user["id"] for user in whole["users"]} == {world.admin.id, world.member.id}
    assert [message["body"] for message in whole["messages"]] == ["Something!"]
    assert whole["unread"] == 1
    assert good(world.call(guest_in(world, room), "GET", path))["id"] == room["id"]
    outsiders(world, "GET", path)


@pytest.mark.operation("update-chat")
def test_update_chat(any_world: World, room: dict[str, Any]) -> None:
    world, path = any_world, f"/chat/{room['id']}"
    body = {"name": "new name", "purpose": "new purpose", "locked": False}
    changed = good(world.call(world.admin, "PATCH", path, json=body))
    assert {name: changed[name] for name in body} == body
    assert changed["url"] == "new-name"
    assert world.call(world.member, "PATCH", path, json={"locked": True}).status_code == 403
    assert good(world.call(world.member, "PATCH", path, json={"name": "theirs"}))["name"] == "theirs"
    assert world.call(guest_in(world, room), "PATCH", path, json=body).status_code == 403
    outsiders(world, "PATCH", path, json=body)


@pytest.mark.operation("delete-chat")
def test_delete_chat(any_world: World, room: dict[str, Any]) -> None:
    world, path = any_world, f"/chat/{room['id']}"
    body = {"name": "new name", "purpose": "new purpose", "locked": False}
    world.call(world.admin, "POST", f"{path}/messages", json={"body": "https://example.com"})
    outsiders(world, "DELETE", path)
    for person in (world.member, guest_in(world, room)):
        assert world.call(person, "DELETE", path).status_code == 403
    deleted = good(world.api.client.request("DELETE", f"/v1{path}", headers=world.admin.headers, json=body))
    assert (deleted["id"], deleted["name"]) == (room["id"], room["name"])
    assert world.call(world.admin, "GET", path).status_code == 404


@pytest.mark.operation("seen-chat")
def test_seen_chat(any_world: World, room: dict[str, Any]) -> None:
    world, path = any_world, f"/chat/{room['id']}"
    for body in ("one", "two"):
        world.call(world.admin, "POST", f"{path}/messages", json={"type": "text", "body": body})
    assert good(world.call(world.member, "GET", path))["unread"] == 2
    seen = good(world.call(world.member, "POST", f"{path}/seen"))
    assert_documented(seen, GROUP)
    assert (seen["unread"], seen["last_seen"] is None) == (0, False)
    assert good(world.call(world.admin, "GET", path))["unread"] == 0
    assert good(world.call(guest_in(world, room), "POST", f"{path}/seen"))["unread"] == 0
    outsiders(world, "POST", f"{path}/seen")


@pytest.mark.operation("list-chat-users")
def test_list_chat_users(any_world: World, room: dict[str, Any]) -> None:
    world, path = any_world, f"/chat/{room['id']}/users"
    guest = guest_in(world, room)
    listed = good(world.call(world.member, "GET", path))
    assert {user["id"] for user in listed} == {world.admin.id, world.member.id, guest.id}
    for user in listed:
        assert_documented(user, PERSON)
    assert len(good(world.call(guest, "GET", path))) == 3
    outsiders(world, "GET", path)


@pytest.mark.operation("add-chat-user")
def test_add_chat_user(any_world: World, room: dict[str, Any]) -> None:
    world, path = any_world, f"/chat/{room['id']}/users"
    colleague = world.api.person(world.team)
    assert colleague.member
    body = {"user": f"a{colleague.member.id}"}
    outsiders(world, "POST", path, json=body)
    assert world.call(guest_in(world, room), "POST", path, json=body).status_code == 403
    for _ in range(2):
        added = good(world.call(world.member, "POST", path, json=body), 201)
        assert_documented(added, PERSON)
        assert added["id"] == colleague.id
    assert good(world.call(colleague, "GET", f"/chat/{room['id']}"))["unread"] == 0
    for nobody in (world.stranger.id, guest_in(world, None).id):
        assert world.call(world.member, "POST", path, json={"user": nobody}).status_code == 400


@pytest.mark.operation("typing")
def test_typing(any_world: World, room: dict[str, Any]) -> None:
    world, path = any_world, f"/chat/{room['id']}/typing"
    assert good(world.call(world.member, "POST", path, json={"typing": False})) == {"typing": False}
    assert good(world.call(guest_in(world, room), "POST", path, json={"typing": True})) == {"typing": True}
    outsiders(world, "POST", path, json={"typing": True})


@pytest.mark.operation("chat-exists")
def test_chat_exists(any_world: World, room: dict[str, Any]) -> None:
    world, path = any_world, f"/team/{any_world.admin.team}/chat/exists"
    email = world.member.user.email
    for users in (f"['{email}']", f'["{email}"]', [email, world.admin.id], world.member.id):
        found = good(world.call(world.admin, "GET", path, params={"users": users}))
        assert [chat["id"] for chat in found] == [room["id"]], users
        assert_documented(found[0], GROUP)
    colleague = world.api.person(world.team)
    assert good(world.call(world.admin, "GET", path, params={"users": [email, colleague.id]})) == []
    assert good(world.call(colleague, "GET", path, params={"users": email})) == []
    assert good(world.call(world.admin, "GET", path, params={"users": "nobody@example.com"})) == []
    assert world.call(world.admin, "GET", path, params={"users": "['"}).status_code == 400
    assert world.call(world.admin, "GET", path).status_code == 400
    assert world.call(None, "GET", path, params={"users": email}).status_code == 401
    for person in (world.stranger, guest_in(world, room)):
        assert world.call(person, "GET", path, params={"users": email}).status_code == 404


@pytest.mark.operation("remove-chat-user")
def test_remove_chat_user(any_world: World, room: dict[str, Any]) -> None:
    world, path = any_world, f"/chat/{room['id']}/users"
    colleague = world.api.person(world.team)
    good(world.call(world.admin, "POST", path, json={"user": colleague.id}), 201)
    outsiders(world, "DELETE", f"{path}/{colleague.id}")
    outsiders(world, "DELETE", path)
    guest = guest_in(world, room)
    for person in (world.member, guest):
        assert world.call(person, "DELETE", f"{path}/{colleague.id}").status_code == 403
    assert_documented(good(world.call(world.admin, "DELETE", f"{path}/{colleague.id}")), PERSON)
    assert world.call(colleague, "GET", f"/chat/{room['id']}").status_code == 404
    assert world.call(world.admin, "DELETE", f"{path}/{colleague.id}").status_code == 404
    answer = world.api.client.request("DELETE", f"/v1{path}", headers=world.admin.headers, json={})
    assert good(answer)["id"] == world.admin.id
    assert good(world.call(world.member, "GET", f"/chat/{room['id']}"))["owner"] == world.member.id
    assert good(world.call(guest, "DELETE", path))["id"] == guest.id


@pytest.mark.operation("update-chat-user")
def test_update_chat_user(any_world: World, room: dict[str, Any]) -> None:
    world = any_world
    body = {"favorite": True, "do_not_disturb": False, "last_seen": "2018-05-02T16:33:15Z", "pinned": False}
    for path in (f"/chat/{room['id']}/user", f"/chat/{room['id']}/users"):
        changed = good(world.call(world.member, "PATCH", f"{path}/{world.member.id}", json=body))
        assert_documented(changed, GROUP)
        assert {name: changed[name] for name in body} == {**body, "last_seen": "2018-05-02T16:33:15.000Z"}
        assert world.call(world.admin, "PATCH", f"{path}/{world.member.id}", json=body).status_code == 403
        outsiders(world, "PATCH", f"{path}/{world.member.id}", json=body)
    guest = guest_in(world, room)
    path = f"/chat/{room['id']}/users/{guest.id}"
    assert good(world.call(guest, "PATCH", path, json={"favorite": True}))["favorite"] is True
    assert good(world.call(world.admin, "GET", f"/chat/{room['id']}"))["favorite"] is None
