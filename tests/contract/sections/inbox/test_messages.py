"""The section `messages` of the inbox's contract."""

from typing import Any

import pytest
from sqlmodel import col, select

from models import ChannelState, InboxChannel, InboxMessage, Outbox
from models.outbox import OutboxKind
from switchroom.inbox import Source
from tests.contract.sections.inbox.test_conversations import MESSAGE, METADATA
from tests.support.api.documented import assert_documented
from tests.support.api.inbox import Inbox, did

pytestmark = pytest.mark.service

ELEMENT = {
    "title": "text", "subtitle": "text", "image_url": "https://example.com/a.png",
    "default_action_url": "https://example.com", "buttons": [{"type": "URL"}],
}  # fmt: skip


def jobs(inbox: Inbox, name: str) -> list[list[Any]]:
    """Return the arguments of the jobs that were asked for."""
    with inbox.world.api.session() as session:
        rows = session.exec(
            select(Outbox).where(Outbox.kind == OutboxKind.JOB.value).order_by(col(Outbox.id))
        )
        return [row.payload["args"] for row in rows if row.payload["name"] == name]


@pytest.mark.operation("inbox-list-messages")
def test_list_messages(inbox: Inbox) -> None:
    messages = [inbox.hears(f"Number {number}") for number in range(1, 6)]
    body = {"conversation_id": did(messages[0].conversation_id), "page_size": 2}
    page = inbox.drive(inbox.world.member, "/messages", **body)
    assert page["response_metadata"] | {"next_cursor": ""} == {**METADATA, "total": 5, "filtered_total": 5}
    assert [one["offset"] for one in page["data"]] == [5, 4]
    for one in page["data"]:
        assert_documented(one, MESSAGE)
        assert (one["state"], one["problem"]) == ("RECEIVED", None)
    following = inbox.ask(
        inbox.world.member, "/messages", **body, cursor=page["response_metadata"]["next_cursor"]
    ).json()
    assert [one["text"] for one in following["data"]] == ["Number 3", "Number 2"]
    back = inbox.ask(
        inbox.world.member, "/messages", **body, cursor=following["response_metadata"]["previous_cursor"]
    ).json()
    assert back["data"] == page["data"]
    assert back["response_metadata"]["previous_cursor"] == ""


@pytest.mark.operation("inbox-send-message")
def test_send_message(inbox: Inbox) -> None:
    conversation = did(inbox.hears().conversation_id)
    body = {"conversation_id": conversation, "message": {"text": "The answer is 42", "metadata": "local-1"}}
    sent = inbox.drive(inbox.world.member, "/send-message", **body)
    (newest, _) = inbox.ask(inbox.world.member, "/messages", conversation_id=conversation).json()["data"]
    assert newest["id"] == sent["message_id"]
    assert (newest["text"], newest["metadata"], newest["state"]) == ("The answer is 42", "local-1", "PENDING")
    assert (newest["alignment"], newest["sender"]["id"]) == ("RIGHT", did(inbox.world.member.user))
    assert jobs(inbox, "send_inbox_message") == [[sent["message_id"].replace("-", "")]]
    shown = inbox.ask(inbox.world.member, "/conversation", conversation_id=conversation).json()
    assert (shown["message"]["id"], shown["unread_message_count"]) == (sent["message_id"], 0)
    colleague = inbox.ask(inbox.world.admin, "/conversation", conversation_id=conversation).json()
    assert colleague["unread_message_count"] == 1


@pytest.mark.operation("inbox-send-message")
def test_attachments_are_shown_as_they_were_sent(inbox: Inbox) -> None:
    page = inbox.connected(Source.FACEBOOK, "page42")
    conversation = did(inbox.hears(sender="psid", channel=page).conversation_id)
    image = {"type": "IMAGE", "payload": {"url": "https://example.com/a.png"}}
    template = {
        "type": "FB_TEMPLATE",
        "payload": {"title": "A", "subtitle": "B", "template_type": "generic", "elements": [ELEMENT]},
    }
    body = {"conversation_id": conversation, "message": {"attachments": [image, template]}}
    assert inbox.ask(inbox.world.member, "/send-message", **body).is_success
    second, newest = inbox.ask(inbox.world.member, "/messages", conversation_id=conversation).json()["data"][
        :2
    ]
    shown = [
        {"type": one["type"], "payload": one["payload"]}
        for one in newest["attachments"] + second["attachments"]
    ]
    assert shown == [image, template]
    assert newest["attachments"][0]["url"] == "https://example.com/a.png"
    assert newest["preview"] == {"display_text": "Image", "content_type": "image/*"}


@pytest.mark.parametrize(
    ("message", "named"),
    [
        ({}, "message"),
        ({"text": " \u200b "}, "message"),
        ({"text": 5}, "message.text"),
        ({"text": "x" * 10_001}, "message.text"),
        ({"attachments": [{"type": "IMAGE", "payload": {}}]}, "message.attachments.0"),
        ({"attachments": [{"type": "IMAGE", "payload": {"url": "ftp://x"}}]}, "message.attachments.0.payload.url"),
        ({"attachments": [{"type": "LINK", "payload": {"url": "https://x"}}]}, "message.attachments.0"),
        ({"attachments": [{"type": "SONG", "payload": {}}]}, "message.attachments.0.type"),
        ({"attachments": [{"type": "FB_TEMPLATE", "payload": {"title": "a", "subtitle": "b", "template_type": "c"}}]},
         "message.attachments.type"),
    ],
)  # fmt: skip
def test_what_cannot_be_sent_is_a_400_that_names_it(inbox: Inbox, message: Any, named: str) -> None:
    conversation = did(inbox.hears().conversation_id)
    answer = inbox.ask(inbox.world.member, "/send-message", conversation_id=conversation, message=message)
    assert (answer.status_code, answer.json()["code"]) == (400, 101)
    assert answer.json()["message"].startswith(f"{named}: "), answer.text


def test_nothing_is_sent_over_a_channel_that_is_not_connected(inbox: Inbox) -> None:
    conversation = did(inbox.hears().conversation_id)
    with inbox.world.api.session() as session:
        session.get_one(InboxChannel, inbox.channel.id).state = ChannelState.DISCONNECTED.value
    answer = inbox.ask(
        inbox.world.member, "/send-message", conversation_id=conversation, message={"text": "Hi"}
    )
    assert (answer.status_code, answer.json()["code"]) == (409, 302)


@pytest.mark.operation("inbox-send-template-message")
def test_send_template_message(inbox: Inbox) -> None:
    admin, member = inbox.world.admin, inbox.world.member
    new = {
        "organization_id": inbox.org,
        "source": "SMS_TWILIO",
        "name": "Greeting",
        "text": "Hello {{ var1 }}!",
    }
    template = inbox.drive(admin, "/create-template", 201, **new)["id"]
    conversation = did(inbox.hears().conversation_id)
    body = {"conversation_id": conversation, "template_id": template, "metadata": "XXX123"}
    sent = inbox.drive(member, "/send-template-message", **body, variables={"var1": "Grace {{var1}}"})
    stored: InboxMessage = inbox.world.api.get(InboxMessage, sent["message_id"].replace("-", ""))
    assert (stored.text, stored.correlation) == ("Hello Grace {{var1}}!", "XXX123")
    missing = inbox.ask(member, "/send-template-message", **body)
    assert missing.json() == {"code": 303, "message": "The template has no value for: var1"}
    page = inbox.connected(Source.FACEBOOK, "page42")
    elsewhere = did(inbox.hears(sender="psid", channel=page).conversation_id)
    wrong = inbox.ask(
        member,
        "/send-template-message",
        conversation_id=elsewhere,
        template_id=template,
        variables={"var1": "x"},
    )
    assert (wrong.status_code, wrong.json()["code"]) == (409, 304)
    unknown = inbox.ask(member, "/send-template-message", **{**body, "template_id": conversation})
    assert (unknown.status_code, unknown.json()["code"]) == (404, 208)


def test_templates_are_the_admins(inbox: Inbox) -> None:
    admin, member = inbox.world.admin, inbox.world.member
    org = {"organization_id": inbox.org}
    new = {**org, "source": "FACEBOOK", "name": "Greeting", "text": "Hello {{first}} {{last}} {{first}}"}
    assert inbox.ask(member, "/create-template", **new).json()["code"] == 103
    made = inbox.ask(admin, "/create-template", **new).json()["id"]
    taken = inbox.ask(admin, "/create-template", **{**new, "name": "GREETING"})
    assert (taken.status_code, taken.json()["code"]) == (409, 305)
    (listed,) = inbox.drive(member, "/templates", **org)["templates"]
    assert (listed["id"], listed["variables"]) == (made, ["first", "last"])
    assert inbox.ask(member, "/delete-template", **org, template_id=made).json()["code"] == 103
    assert inbox.drive(admin, "/delete-template", 202, **org, template_id=made) == {}
    assert inbox.ask(member, "/templates", **org).json() == {"templates": []}


def test_a_message_of_several_parts_is_several_messages_over_facebook(inbox: Inbox) -> None:
    page = inbox.connected(Source.FACEBOOK, "page42")
    conversation = did(inbox.hears(sender="psid", channel=page).conversation_id)
    image = {"type": "IMAGE", "payload": {"url": "https://example.com/a.png"}}
    body = {"conversation_id": conversation, "message": {"text": "Look", "attachments": [image, image]}}
    sent = inbox.ask(inbox.world.member, "/send-message", **body).json()["message_id"]
    newest = inbox.ask(inbox.world.member, "/messages", conversation_id=conversation).json()["data"][:3]
    assert [(one["text"], len(one["attachments"])) for one in newest] == [("", 1), ("", 1), ("Look", 0)]
    assert newest[2]["id"] == sent
