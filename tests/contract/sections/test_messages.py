"""The section `messages` of the contract, with the document's own bodies and answers."""

from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from models import Role
from tests.contract.sections.test_chats import (
    GROUP,
    ID,
    PERSON,
    TIME,
    documented_body,
    good,
    guest_in,
    outsiders,
    room,
)
from tests.support.api.documented import assert_documented
from tests.support.api.world import World

__all__ = ["room"]

pytestmark = pytest.mark.service

BODY = {"type": "text", "body": "Something!"}
MESSAGE: dict[str, Any] = {
    "type": "text", "body": "hola :fire:", "created_at": TIME, "file": None, "links": None, "room_mentions": [],
    "id": ID, "chat": ID, "user_mentions": [], "from": ID, "language": "es",
}  # fmt: skip


@pytest.fixture
def messages(room: dict[str, Any]) -> str:
    """Return the path of a group's messages."""
    return f"/chat/{room['id']}/messages"


def send(world: World, path: str, **body: Any) -> dict[str, Any]:
    sent = good(world.call(world.admin, "POST", path, json={**BODY, **body}), 201)
    assert_documented(sent, MESSAGE)
    return dict(sent)


@pytest.mark.operation("send-message", "list-messages")
def test_send_and_list_messages(any_world: World, room: dict[str, Any], messages: str) -> None:
    world = any_world
    first, second = send(world, messages), send(world, messages, body="hey")
    assert (first["from"], first["chat"], first["language"]) == (world.admin.id, room["id"], "en")
    guest = guest_in(world, room)
    third = good(world.call(guest, "POST", messages, json=BODY), 201)
    params = {"limit": 100, "skip": 0, "where": '{ "type": "text" }', "populate": "from"}
    listed = good(world.call(world.member, "GET", messages, params=params))
    assert [message["id"] for message in listed] == [third["id"], second["id"], first["id"]]
    for message in listed:
        assert_documented(message, {**MESSAGE, "from": PERSON})
    assert good(world.call(world.member, "GET", messages, params={"from": guest.id})) == [third]
    assert good(world.call(world.member, "GET", messages, params={"search": "HEY"})) == [second]
    assert len(good(world.call(world.member, "GET", messages, params={"type": "room"}))) == 3
    assert len(good(world.call(world.member, "GET", messages, params={"type": "text"}))) == 3
    assert good(world.call(world.member, "GET", messages, params={"type": "private"})) == []
    assert len(good(world.call(guest, "GET", messages))) == 3
    outsiders(world, "GET", messages)
    outsiders(world, "POST", messages, json=BODY)


@pytest.mark.operation("send-reply", "list-replies")
def test_send_and_list_replies(any_world: World, room: dict[str, Any], messages: str) -> None:
    world = any_world
    thread = f"{messages}/{send(world, messages)['id']}/thread"
    first = send(world, thread)
    second = good(world.call(guest_in(world, room), "POST", thread, json=BODY), 201)
    of_reply = send(world, f"{messages}/{first['id']}/thread")
    listed = good(world.call(world.member, "GET", thread))
    assert [reply["id"] for reply in listed] == [of_reply["id"], second["id"], first["id"]]
    assert {reply["thread"] for reply in listed} == {thread.split("/")[4]}
    for params, count in (({"from": world.admin.id}, 2), ({"search": "some"}, 3), ({"type": "private"}, 0)):
        assert len(good(world.call(world.member, "GET", thread, params=params))) == count
    assert world.call(world.member, "GET", f"{messages}/{ID}/thread").status_code == 404
    assert world.call(world.member, "POST", f"{messages}/{ID}/thread", json=BODY).status_code == 404
    outsiders(world, "GET", thread)
    outsiders(world, "POST", thread, json=BODY)


@pytest.mark.operation("mark-message", "unmark-message")
def test_mark_and_unmark_a_message(any_world: World, room: dict[str, Any], messages: str) -> None:
    world = any_world
    path = f"{messages}/{send(world, messages)['id']}/mark"
    workspace = f"/team/{world.admin.team}/workspace"
    for kind in ("pin", "unread"):
        mark = good(world.call(world.member, "POST", path, json={"type": kind}), 201)
        assert (mark["type"], mark["user"]) == (kind, world.member.id)
        assert good(world.call(world.member, "POST", path, json={"type": kind}), 201)["id"] == mark["id"]
        (event,) = good(world.call(world.member, "GET", workspace))
        assert (event["type"], event["mark"], event["message"]) == (kind, mark["id"], mark["message"])
        assert world.call(world.admin, "DELETE", f"{path}/{mark['id']}").status_code == 404
        outsiders(world, "DELETE", f"{path}/{mark['id']}")
        assert good(world.call(world.member, "DELETE", f"{path}/{mark['id']}"))["id"] == mark["id"]
        assert good(world.call(world.member, "GET", workspace)) == []
    assert world.call(world.member, "POST", path, json={"type": "pin|unread"}).status_code == 400
    guest = guest_in(world, room)
    of_guest = good(world.call(guest, "POST", path, json={"type": "pin"}), 201)
    assert good(world.call(guest, "DELETE", f"{path}/{of_guest['id']}"))["id"] == of_guest["id"]
    outsiders(world, "POST", path, json={"type": "pin"})


@pytest.mark.operation("delete-message")
def test_delete_message(any_world: World, room: dict[str, Any], messages: str) -> None:
    world = any_world
    guest = guest_in(world, room)
    of_admin, of_member = (
        send(world, messages),
        good(world.call(world.member, "POST", messages, json=BODY), 201),
    )
    outsiders(world, "DELETE", f"{messages}/{of_admin['id']}")
    for person in (world.member, guest):
        assert world.call(person, "DELETE", f"{messages}/{of_admin['id']}").status_code == 403
    for message in (of_admin, of_member):
        path = f"/v1{messages}/{message['id']}"
        deleted = good(world.api.client.request("DELETE", path, headers=world.admin.headers, json=BODY))
        assert_documented(deleted, MESSAGE)
        assert deleted["id"] == message["id"]
    assert good(world.call(world.member, "GET", messages)) == []
    assert good(world.call(guest, "GET", f"/chat/{room['id']}"))["unread"] == 0
    own = good(world.call(guest, "POST", messages, json=BODY), 201)
    assert good(world.call(guest, "DELETE", f"{messages}/{own['id']}"))["id"] == own["id"]


@pytest.mark.operation("edit-message")
def test_edit_message(any_world: World, room: dict[str, Any], messages: str) -> None:
    world, body = any_world, {"type": "text", "body": "Something! ELSE"}
    sent = send(world, messages)
    path = f"{messages}/{sent['id']}"
    edited = good(world.call(world.admin, "PATCH", path, json=body))
    assert_documented(edited, MESSAGE)
    assert (edited["body"], edited["edited_at"] is None) == (body["body"], False)
    assert good(world.call(world.member, "GET", messages)) == [edited]
    for person in (world.member, world.api.person(world.team, Role.ADMIN), guest_in(world, room)):
        assert world.call(person, "PATCH", path, json=body).status_code in (403, 404)
    outsiders(world, "PATCH", path, json=body)


@pytest.mark.operation("forward-message")
def test_forward_message(any_world: World, room: dict[str, Any], messages: str) -> None:
    world = any_world
    other = good(
        world.call(world.admin, "POST", "/chat", json=documented_body("room", world.admin.team)), 201
    )
    colleague = world.api.person(world.team)
    path = f"{messages}/{send(world, messages)['id']}/forward"
    body = {"forward_chat": [other["id"]], "users": [colleague.id]}
    sent = good(world.call(world.admin, "POST", path, json=body), 201)
    for message in sent:
        assert_documented(message, MESSAGE)
    assert [message["body"] for message in sent] == [BODY["body"]] * 2
    (private,) = good(world.call(colleague, "GET", "/chat"))
    assert ([message["chat"] for message in sent], private["type"]) == (
        [other["id"], private["id"]],
        "private",
    )
    again = good(world.call(world.admin, "POST", path, json={"users": [colleague.id]}), 201)
    assert again[0]["chat"] == private["id"]
    for wrong in ({"forward_chat": ["abc123"]}, {"users": ["abc123"]}, {"users": [world.stranger.id]}, {}):
        assert world.call(world.admin, "POST", path, json=wrong).status_code == 400
    assert world.call(world.member, "POST", path, json={"forward_chat": [other["id"]]}).status_code == 400
    guest = guest_in(world, room)
    assert world.call(guest, "POST", path, json={"users": [colleague.id]}).status_code == 403
    assert (
        good(world.call(guest, "POST", path, json={"forward_chat": [room["id"]]}), 201)[0]["from"] == guest.id
    )
    outsiders(world, "POST", path, json={"forward_chat": [room["id"]]})


@pytest.mark.operation("translate-message")
def test_translate_message(
    any_world: World, room: dict[str, Any], messages: str, httpserver: HTTPServer
) -> None:
    world = any_world
    path = f"{messages}/{send(world, messages)['id']}/translate"
    same = good(world.call(world.member, "GET", path))
    assert (same["body"], same["translated"], same["language"]) == (BODY["body"], False, "en")
    with world.api.session() as session:
        session.get_one(type(world.member.user), world.member.user.id).language = "es-MX"
    refused = world.call(world.member, "GET", path)
    assert (refused.status_code, "SWITCHROOM_TRANSLATOR" in refused.text) == (503, True)
    outsiders(world, "GET", path)
    assert good(world.call(guest_in(world, room), "GET", path))["translated"] is False
    settings = world.api.context.settings
    settings.translator, settings.libretranslate_url = "libretranslate", httpserver.url_for("")
    asked = {"q": "Something!", "source": "en", "target": "es", "format": "text"}
    httpserver.expect_ordered_request("/translate", method="POST", json=asked).respond_with_json(
        {"translatedText": "¡Algo!"}
    )
    for _ in range(2):  # The second answer is the stored one: the server answers once.
        found = good(world.call(world.member, "GET", path))
        assert (found["body"], found["translated"]) == ("¡Algo!", True)
        assert (found["source_language"], found["language"]) == ("en", "es-MX")
    httpserver.check()
    world.call(world.admin, "PATCH", path.removesuffix("/translate"), json={"body": "Other"})
    httpserver.expect_ordered_request("/translate", method="POST").respond_with_json(
        {"translatedText": "Otro"}
    )
    assert good(world.call(world.member, "GET", path))["body"] == "Otro"
    httpserver.expect_ordered_request("/translate").respond_with_json({"error": "Slow down"}, 429)
    world.call(world.admin, "PATCH", path.removesuffix("/translate"), json={"body": "Third"})
    failed = world.call(world.member, "GET", path)
    assert (failed.status_code, "Slow down" in failed.text) == (503, True)


@pytest.mark.operation("list-unread")
def test_list_unread(any_world: World, room: dict[str, Any], messages: str) -> None:
    world = any_world
    first, second = send(world, messages), send(world, messages, body="two")
    params = {
        "team": world.admin.team, "type": "room", "chat": room["id"], "from": world.admin.id,
        "populate": "chat,chatusers,from",
    }  # fmt: skip
    listed = good(world.call(world.member, "GET", "/chat/messages/unread", params=params))
    assert [message["id"] for message in listed] == [second["id"], first["id"]]
    for message in listed:
        assert_documented(message, {**MESSAGE, "from": PERSON, "chat": {**GROUP, "users": [PERSON]}})
    assert good(world.call(world.admin, "GET", "/chat/messages/unread")) == []
    good(world.call(world.member, "POST", f"/chat/{room['id']}/seen"))
    assert good(world.call(world.member, "GET", "/chat/messages/unread")) == []
    good(world.call(world.member, "POST", f"{messages}/{first['id']}/mark", json={"type": "unread"}), 201)
    assert [found["id"] for found in good(world.call(world.member, "GET", "/chat/messages/unread"))] == [
        first["id"]
    ]
    guest = guest_in(world, room)
    assert len(good(world.call(guest, "GET", "/chat/messages/unread"))) == 2
    for person in (world.stranger, world.api.person(world.team), guest_in(world, None)):
        assert good(world.call(person, "GET", "/chat/messages/unread")) == []
    assert world.call(None, "GET", "/chat/messages/unread").status_code == 401
