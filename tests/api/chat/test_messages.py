"""Messages: what is derived from them, and what they may hold."""

import unicodedata

import pytest
from sqlmodel import Session, select

from models import Message, MessageLink
from models.message import SHOWN, post_system_message
from tests.api.chat.group import Group

pytestmark = pytest.mark.service


def test_mentions_are_of_people_in_the_chat_and_of_visible_chats(group: Group) -> None:
    world = group.world
    other = Group.make(world)
    outside = world.api.person(world.team)
    hidden = world.call(outside, "POST", "/chat", json={"type": "room", "team": world.admin.team}).json()
    body = (
        f"hey <mention user='{world.member.id}'>matt</mention>, <mention user=\"{outside.id}\">x</mention> "
        f"<mention user='{world.stranger.id}'/> <mention user='{world.member.id}'>again</mention> "
        f"<mention room='{other.id}'>Group</mention> <mention room='{hidden['id']}'>?</mention> <mention user='abc'>"
    )
    sent = group.send(body)
    assert sent["body"] == body
    assert (sent["user_mentions"], sent["room_mentions"]) == ([world.member.id], [other.id])
    (event,) = world.call(world.member, "GET", f"/team/{world.admin.team}/workspace").json()
    assert (event["type"], event["message"]) == ("mention", sent["id"])
    assert world.call(outside, "GET", f"/team/{world.admin.team}/workspace").json() == []


def test_an_edit_changes_mentions_and_links(group: Group) -> None:
    world = group.world
    sent = group.send("see https://example.com/a")
    assert sent["links"] == ["https://example.com/a"]
    path = f"{group.path}/messages/{sent['id']}"
    body = f"see https://example.com/b, <mention user='{world.member.id}'>matt</mention>"
    edited = world.call(world.admin, "PATCH", path, json={"body": body}).json()
    assert (edited["links"], edited["user_mentions"]) == (["https://example.com/b"], [world.member.id])
    world.call(world.admin, "PATCH", path, json={"body": body + "!"})
    events = world.call(world.member, "GET", f"/team/{world.admin.team}/workspace").json()
    assert len(events) == 1
    with Session(world.api.context.engine) as session:
        assert [link.url for link in session.exec(select(MessageLink))] == ["https://example.com/b"]
    world.call(world.admin, "DELETE", path)
    with Session(world.api.context.engine) as session:
        assert session.exec(select(MessageLink)).all() == []
    assert world.call(world.member, "GET", f"/team/{world.admin.team}/workspace").json() == []


def test_the_language_is_detected_or_that_of_the_sender(group: Group) -> None:
    world = group.world
    with world.api.session() as session:
        session.get_one(type(world.member.user), world.member.user.id).language = "fr-CA"
    for person, body, language in (
        (world.admin, "Kannst du mir bitte die Datei schicken?", "de"),
        (world.member, "Can you send me the file, please?", "en"),
        (world.member, "ok", "fr"),
        (world.member, ":smile:", "fr"),
        (world.admin, "https://example.com/das-ist-kein-text", "en"),
    ):
        assert group.send(body, person)["language"] == language, body


def test_html_is_stored_as_it_was_sent(group: Group) -> None:
    body = "<p><strong>bold test</strong></p><script>alert('x')</script>"
    assert group.send(body)["body"] == body
    assert group.world.call(group.world.member, "GET", f"{group.path}/messages").json()[0]["body"] == body


def test_a_body_is_composed_and_keeps_its_lines(group: Group) -> None:
    sent = group.send("  E\u0301lodie\r\nsecond\tline \U0001f469\u200d\U0001f4bb  ")
    assert sent["body"] == "Élodie\nsecond\tline \U0001f469\u200d\U0001f4bb"
    assert unicodedata.is_normalized("NFC", sent["body"])
    world = group.world
    assert world.call(world.member, "GET", f"{group.path}/messages", params={"search": "elodie"}).json() == [
        sent
    ]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"body": ""}, "body"),
        ({"body": " \u200b "}, "body"),
        ({"body": "a\x07"}, "body"),
        ({"body": "x" * 20_001}, "body"),
        ({"body": 5}, "body"),
        ({"type": "system", "body": "x"}, "type"),
        ({"type": "file"}, "file"),
        ({"type": "file", "file": "a" + "0" * 32}, "file"),
        ({"type": "call", "call": "a" + "0" * 32}, "call"),
    ],
)
def test_what_a_message_may_not_hold(group: Group, body: dict[str, object], field: str) -> None:
    refused = group.world.call(group.world.admin, "POST", f"{group.path}/messages", json=body)
    assert (refused.status_code, list(refused.json()["response"])) == (400, [field]), refused.text


def test_a_team_sends_only_so_many_messages_a_day(group: Group) -> None:
    world = group.world
    world.api.context.settings.quota_messages_a_day = 2
    group.send("one")
    group.send("two")
    refused = world.call(world.admin, "POST", f"{group.path}/messages", json={"body": "three"})
    assert (refused.status_code, "Retry-After" in refused.headers) == (429, True)
    world.api.context.settings.quota_messages_a_day = 0
    assert world.call(world.admin, "POST", f"{group.path}/messages", json={"body": "x"}).status_code == 403


def test_events_and_answers_show_a_message_alike(group: Group) -> None:
    world = group.world
    sent = group.send("see https://example.com")
    assert sent.keys() == SHOWN.keys()
    path = f"{group.path}/messages/{sent['id']}"
    edited = world.call(world.admin, "PATCH", path, json={"body": "other"}).json()
    world.call(world.admin, "DELETE", path)
    events = group.events("message")
    assert [event["verb"] for event in events] == ["created", "updated", "destroyed"]
    assert [event["data"] for event in events[:2]] == [sent, edited]
    assert {event["audience"]["chat"] for event in events} == {group.id[1:]}


def test_the_product_writes_into_a_chat(group: Group) -> None:
    world = group.world
    with world.api.session() as session:
        post_system_message(session, group.id[1:], "Missed call from +14165550199")
    (message,) = world.call(world.member, "GET", f"{group.path}/messages").json()
    assert (message["type"], message["from"], message["number"]) == ("system", None, 1)
    assert (group.unread(world.admin), group.unread(world.member)) == (1, 1)
    path = f"{group.path}/messages/{message['id']}"
    assert world.call(world.admin, "PATCH", path, json={"body": "x"}).status_code == 403
    assert world.call(world.member, "DELETE", path).status_code == 403
    assert group.events("message")[-1]["data"]["body"] == message["body"]


def test_a_message_of_another_chat_is_not_found(group: Group) -> None:
    world = group.world
    other = Group.make(world)
    sent = other.send("there")
    for method, path in (
        ("PATCH", ""),
        ("DELETE", ""),
        ("GET", "/thread"),
        ("GET", "/translate"),
        ("POST", "/mark"),
    ):
        path = f"{group.path}/messages/{sent['id']}{path}"
        answer = world.call(
            world.admin, method, path, json={"type": "pin", "body": "x"} if method != "GET" else None
        )
        assert answer.status_code == 404, path


def test_cursors_are_stable_while_messages_arrive(group: Group) -> None:
    world = group.world
    for number in range(5):
        group.send(f"message {number}")
    first = world.call(world.member, "GET", f"{group.path}/messages", params={"limit": 2})
    group.send("later")
    params = {"limit": 2, "cursor": first.headers["X-Next-Cursor"]}
    second = world.call(world.member, "GET", f"{group.path}/messages", params=params)
    bodies = [message["body"] for message in first.json() + second.json()]
    assert bodies == ["message 4", "message 3", "message 2", "message 1"]


def test_workspace_events_of_a_chat_that_one_left_are_hidden(group: Group) -> None:
    world = group.world
    group.send(f"<mention user='{world.member.id}'>x</mention>")
    world.call(world.member, "DELETE", f"{group.path}/users")
    assert world.call(world.member, "GET", f"/team/{world.admin.team}/workspace").json() == []


def test_replies_stay_when_their_message_is_deleted(group: Group) -> None:
    world = group.world
    first = group.send("question")
    reply = world.call(
        world.member, "POST", f"{group.path}/messages/{first['id']}/thread", json={"body": "answer"}
    ).json()
    world.call(world.admin, "DELETE", f"{group.path}/messages/{first['id']}")
    (left,) = world.call(world.member, "GET", f"{group.path}/messages").json()
    assert (left["id"], left["thread"]) == (reply["id"], None)
    with Session(world.api.context.engine) as session:
        assert len(session.exec(select(Message)).all()) == 1


def test_the_total_is_known_without_counting(group: Group) -> None:
    world = group.world
    sent = [group.send(f"message {number}") for number in range(4)]
    world.call(world.admin, "DELETE", f"{group.path}/messages/{sent[1]['id']}")
    for params, total in (({"limit": 2}, "3"), ({"limit": 1, "search": "message 3"}, "1"), ({}, "3")):
        answer = world.call(world.member, "GET", f"{group.path}/messages", params=params)
        assert answer.headers["X-Total-Count"] == total
