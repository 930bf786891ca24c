"""Visitors of web pages: who may, what they say and get, and how often."""

import io
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from PIL import Image
from sqlmodel import col, select

from api.web_chat import routes
from models import Contact, InboxFile, InboxMessage, Outbox
from tests.support.api.inbox import Inbox, did
from tests.support.api.web_chat import ORIGIN, Page

pytestmark = pytest.mark.service


def png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (4, 4)).save(out, "PNG")
    return out.getvalue()


def stored(page: Page) -> list[InboxMessage]:
    with page.inbox.world.api.session() as session:
        return list(session.exec(select(InboxMessage).order_by(col(InboxMessage.id))))


def answered(page: Page, text: str = "Good morning", **more: Any) -> str:
    """Let a member answer the newest message. Return the id."""
    body = {"conversation_id": did(stored(page)[-1].conversation_id), "message": {"text": text, **more}}
    answer = page.inbox.ask(page.inbox.world.member, "/send-message", **body)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["message_id"]).replace("-", "")


def test_a_visitor_and_a_member_write_each_other(page: Page) -> None:
    look = page.session()
    assert {name: look[name] for name in ("title", "greeting", "open", "color")} == {
        "title": "Acme", "greeting": "How can we help?", "open": True, "color": "1f6feb",
    }  # fmt: skip
    assert page.news() == {"messages": [], "cursor": 0, "typing": False, "more": False}
    assert page.says("Where is my order?", name="Grace Hopper").json() == {}
    (message,) = stored(page)
    conversation = page.inbox.conversation(message)
    contact: Contact = page.inbox.world.api.get(Contact, conversation.contact_id)
    assert (message.text, contact.first_name, contact.last_name) == ("Where is my order?", "Grace", "Hopper")
    id = answered(page)
    news = page.news()
    assert [(one["number"], bool(one["mine"]), one["text"]) for one in news["messages"]] == [
        (1, True, "Where is my order?"),
        (2, False, "Good morning"),
    ]
    assert news["messages"][1]["sender"] == page.inbox.world.member.user.first_name
    assert page.news(after=news["cursor"])["messages"] == []
    assert page.inbox.world.api.get(InboxMessage, id).state == "PENDING"
    assert page.ask("POST", "/seen", json={"number": 2}).json() == {}
    assert page.inbox.world.api.get(InboxMessage, id).state == "DELIVERED"


def test_the_conversation_is_like_any_other(page: Page) -> None:
    page.says()
    org = page.inbox.org
    (listed,) = page.inbox.ask(page.inbox.world.member, "/conversations", organization_id=org).json()["data"]
    assert (listed["channel"], listed["unread_message_count"]) == (
        {"name": "WEB_CHAT", "id": page.channel},
        1,
    )


def test_what_is_said_twice_is_stored_once(page: Page) -> None:
    file = page.uploads(png()).json()["id"]
    for _ in range(3):
        answer = page.ask("POST", "/messages", json={"id": "same-id-1", "text": "once", "files": [file]})
        assert answer.status_code == 200, answer.text
    assert [one.text for one in stored(page)] == ["once"]


def test_a_visitor_comes_back_and_sees_only_their_own(page: Page) -> None:
    page.says("mine")
    other = page.another()
    other.says("theirs")
    token = page.token
    page.session()
    assert token is not None
    assert [one["text"] for one in page.news()["messages"]] == ["mine"]
    assert [one["text"] for one in other.news()["messages"]] == ["theirs"]


def test_files_go_both_ways(page: Page) -> None:
    file = page.uploads(png()).json()
    assert (file["type"], file["name"]) == ("IMAGE", "a.png")
    assert page.says("", files=[file["id"]]).status_code == 200
    (message,) = stored(page)
    assert message.attachments[0]["payload"]["media_type"] == "image/png"
    (shown,) = page.news()["messages"][0]["files"]
    assert httpx.get(shown["url"]).content == png()
    other = page.another()
    for refused in (page.says("", files=[file["id"]]), other.says("", files=[file["id"]])):
        assert (refused.status_code, list(refused.json()["response"])) == (400, ["files"])
    large = page.uploads(b"x" * (1024 * 1024 + 1))
    assert large.status_code == 413
    with page.inbox.world.api.session() as session:
        assert len(session.exec(select(InboxFile)).all()) == 1


def test_a_file_goes_with_one_message_of_several_at_once(page: Page) -> None:
    file = page.uploads(png()).json()["id"]
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: page.says("", files=[file]).status_code, range(4)))
    assert sorted(answers) == [200, 400, 400, 400]
    assert [len(message.attachments) for message in stored(page)] == [1]


@pytest.mark.parametrize(
    "origin", [None, "https://evil.example", "https://shop.example.evil.example", "null"]
)
def test_pages_of_other_origins_get_nothing(page: Page, origin: str | None) -> None:
    page.origin = origin
    for method, path in (
        ("POST", "/session"),
        ("GET", "/messages"),
        ("POST", "/messages"),
        ("POST", "/typing"),
    ):
        answer = page.ask(method, path, **({"json": {}} if method == "POST" else {}))
        assert answer.status_code == 403, path
        assert "access-control-allow-origin" not in answer.headers
    preflight = page.ask("OPTIONS", "/messages", headers={"Access-Control-Request-Method": "POST"})
    assert "access-control-allow-origin" not in preflight.headers


def test_pages_of_the_origins_may_read_answers_and_errors(page: Page) -> None:
    preflight = page.ask("OPTIONS", "/messages", headers={"Access-Control-Request-Method": "POST"})
    assert (preflight.status_code, preflight.headers["access-control-allow-origin"]) == (204, ORIGIN)
    assert preflight.headers["vary"] == "Origin"
    assert "Authorization" in preflight.headers["access-control-allow-headers"]
    page.token = "nonsense"
    refused = page.ask("GET", "/messages")
    assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (401, ORIGIN)
    assert "access-control-allow-credentials" not in refused.headers


def test_tokens_are_those_of_this_web_chat(page: Page, inbox: Inbox) -> None:
    elsewhere = Page.of(inbox, name="Other", title="Other")
    member = inbox.world.member.headers["Authorization"].removeprefix("Bearer ")
    for token in (None, "x.y.z", elsewhere.token, member):
        page.token = token
        for method, path in (("GET", "/messages"), ("POST", "/typing")):
            assert page.ask(method, path).status_code == 401, token
        assert page.uploads(png()).status_code == 401
    page.token = elsewhere.token
    assert page.session()["token"] != elsewhere.token
    as_member = inbox.world.api.client.post(
        "/inbox/conversations",
        json={"organization_id": inbox.org},
        headers={"Authorization": f"Bearer {elsewhere.token}"},
    )
    assert as_member.status_code == 401


def test_a_web_chat_that_is_disconnected_is_gone(page: Page, inbox: Inbox) -> None:
    named = {"organization_id": inbox.org, "source": "WEB_CHAT", "channel_ids": [page.channel]}
    assert inbox.ask(inbox.world.admin, "/disconnect-channels", **named).status_code == 202
    assert page.ask("POST", "/session", json={}).status_code == 404
    page.channel = "0" * 32
    assert page.ask("POST", "/session", json={}).status_code == 404


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, "id"),
        ({"id": "short", "text": "x"}, "id"),
        ({"id": "long-enough", "text": 5}, "text"),
        ({"id": "long-enough", "text": "x" * 4001}, "text"),
        ({"id": "long-enough", "text": " \u200b"}, "text"),
        ({"id": "long-enough", "files": ["x"]}, "files.0"),
    ],
)
def test_what_cannot_be_said_is_named(page: Page, body: dict[str, Any], named: str) -> None:
    answer = page.ask("POST", "/messages", json=body)
    assert answer.status_code == 400
    assert named in answer.json()["response"]


def test_limits_of_a_visitor_and_of_an_address(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "MESSAGES", "2 per minute")
    monkeypatch.setattr(routes, "OF_ADDRESS", "3 per minute")
    assert [page.says().status_code for _ in range(3)] == [200, 200, 429]
    other = page.another()
    limited = [other.says() for _ in range(2)][-1]
    assert (limited.status_code, int(limited.headers["retry-after"]) > 0) == (429, True)


def test_who_types_is_told(page: Page) -> None:
    assert page.ask("POST", "/typing").json() == {}
    page.says()
    assert page.ask("POST", "/typing").json() == {}
    conversation = did(stored(page)[0].conversation_id)
    page.inbox.drive(page.inbox.world.member, "/typing", conversation_id=conversation)
    with page.inbox.world.api.session() as session:
        rows = session.exec(select(Outbox).where(Outbox.kind == "event").order_by(col(Outbox.id)))
        typed = [row.payload["data"]["user_id"] for row in rows if row.payload.get("model") == "inbox_typing"]
    assert typed == [None, did(page.inbox.world.member.user)]


def test_outside_of_the_hours_the_page_says_so(inbox: Inbox) -> None:
    page = Page.of(inbox, away="Back on Monday")
    assert page.session()["open"] is True
    closed = {"hours": {"timezone": "America/Toronto", "weekly": {"mon": []}}}
    inbox.drive(inbox.world.admin, "/update-channel-settings", channel_id=page.channel, settings=closed)
    look = page.session()
    assert (look["open"], look["away"]) == (False, "Back on Monday")


def test_the_script_is_served_to_every_page(inbox: Inbox) -> None:
    answer = inbox.world.api.client.get("/web-chat/widget.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert "data-switchroom-chat" in answer.text


def test_admins_make_and_change_web_chats(inbox: Inbox) -> None:
    body: dict[str, Any] = {
        "organization_id": inbox.org,
        "name": "Shop",
        "title": "Acme",
        "origins": [ORIGIN],
    }
    made = inbox.drive(inbox.world.admin, "/save-web-chat", **body)
    assert f'data-channel="{made["id"]}"' in made["snippet"]
    assert inbox.ask(inbox.world.member, "/save-web-chat", **body).json()["code"] == 103
    changed = inbox.ask(
        inbox.world.admin, "/save-web-chat", **body | {"channel_id": made["id"], "title": "New"}
    )
    assert (changed.json()["id"], changed.json()["title"]) == (made["id"], "New")
    (listed,) = inbox.drive(inbox.world.member, "/web-chats", organization_id=inbox.org)["web_chats"]
    assert listed == changed.json()
    unknown = inbox.ask(inbox.world.admin, "/save-web-chat", **body, channel_id=did(inbox.channel))
    assert (unknown.status_code, unknown.json()["code"]) == (404, 206)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"origins": []}, "origins"),
        ({"origins": ["https://shop.example/path"]}, "origins.0"),
        ({"origins": ["*"]}, "origins.0"),
        ({"color": "red"}, "color"),
        ({"title": 5}, "title"),
    ],
)
def test_wrong_settings_are_named(inbox: Inbox, wrong: dict[str, Any], named: str) -> None:
    body = {"organization_id": inbox.org, "name": "Shop", "title": "Acme", "origins": [ORIGIN], **wrong}
    answer = inbox.ask(inbox.world.admin, "/save-web-chat", **body)
    assert (answer.status_code, answer.json()["code"]) == (400, 101)
    assert answer.json()["message"].startswith(f"{named}: ")
