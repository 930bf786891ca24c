"""What Facebook posts about pages: verified, stored once, and only then answered."""

from collections.abc import Callable
from typing import Any

import pytest
from httpx import Response
from sqlmodel import col, select

from models import Conversation, InboxChannel, InboxMessage
from models.inbox_message import reply
from switchroom.inbox import Source
from tests.support.api.client import Api
from tests.support.api.inbox import Inbox
from tests.support.api.world import world_of
from tests.support.providers.facebook import APP_SECRET, PAGE, PAGE_TOKEN, PERSON, posted, said

pytestmark = pytest.mark.service

WORD = "a word"


@pytest.fixture
def inbox(make_api: Callable[..., Api], any_database_url: str) -> Inbox:
    settings = {"facebook_app_secret": APP_SECRET, "facebook_verify_token": WORD}
    return Inbox(world_of(make_api(any_database_url, **settings)))


@pytest.fixture
def page(inbox: Inbox) -> InboxChannel:
    return inbox.connected(Source.FACEBOOK, PAGE, PAGE_TOKEN)


def post(inbox: Inbox, *events: Any, **more: str) -> Response:
    body, headers = posted(*events, **more)
    answer: Response = inbox.world.api.client.post("/hooks/facebook", content=body, headers=headers)
    return answer


def stored(inbox: Inbox) -> list[InboxMessage]:
    with inbox.world.api.session() as session:
        return list(session.exec(select(InboxMessage).order_by(col(InboxMessage.number))))


@pytest.mark.operation("inbox-facebook-webhook")
def test_messages_are_stored_once_in_their_order(inbox: Inbox, page: InboxChannel) -> None:
    image = {"attachments": [{"type": "image", "payload": {"url": "https://example.com/a.png"}}]}
    events = [said("m_1"), said("m_2", "", **image), said("m_1"), said("m_3", "echo", is_echo=True)]
    for _ in range(2):
        assert post(inbox, *events).status_code == 200
    first, second = stored(inbox)
    assert (first.text, first.provider_id, first.sent_at.year) == ("Hello", "m_1", 2025)
    assert second.attachments == [{"type": "IMAGE", "payload": {"url": "https://example.com/a.png"}}]
    conversation = inbox.conversation(first)
    assert (conversation.channel_id, conversation.external_id, conversation.inbound_count) == (
        page.id,
        PERSON,
        2,
    )


def test_a_delivery_changes_the_state_of_ours(inbox: Inbox, page: InboxChannel) -> None:
    assert post(inbox, said("m_1")).is_success
    with inbox.world.api.session() as session:
        conversation = session.exec(select(Conversation)).one()
        ours = reply(session, conversation, inbox.world.member.user.id, text="Hi", attachments=[])
        ours.provider_id = "m_2"
    delivery = {"sender": {"id": PERSON}, "delivery": {"mids": ["m_2", "m_9"], "watermark": 1}}
    assert post(inbox, delivery).is_success
    assert inbox.world.api.get(InboxMessage, ours.id).state == "DELIVERED"


def test_a_postback_is_what_its_button_says(inbox: Inbox, page: InboxChannel) -> None:
    event = {"sender": {"id": PERSON}, "postback": {"mid": "m_1", "title": "Get started", "payload": "X"}}
    assert post(inbox, event).is_success
    assert [message.text for message in stored(inbox)] == ["Get started"]


def test_a_call_has_up_to_a_thousand_events(inbox: Inbox, page: InboxChannel) -> None:
    read = {"sender": {"id": PERSON}, "timestamp": 1760000000000, "read": {"watermark": 1760000000000}}
    body, _ = posted(*[read] * 999, said("m_1"))
    assert len(body) > 64 * 1024
    assert post(inbox, *[read] * 999, said("m_1")).status_code == 200
    assert [message.provider_id for message in stored(inbox)] == ["m_1"]
    assert post(inbox, said("m_2", "x" * 1024 * 1024)).status_code == 413


def test_what_is_not_facebooks_or_of_no_page_of_ours_is_not_stored(inbox: Inbox, page: InboxChannel) -> None:
    assert post(inbox, said("m_1"), app_secret="another").status_code == 403
    assert inbox.world.api.client.post("/hooks/facebook", json={}).status_code == 403
    assert post(inbox, said("m_1"), page="42").status_code == 200
    assert stored(inbox) == []


@pytest.mark.parametrize(
    "event",
    [
        {}, {"message": 5}, {"sender": 5, "message": {"mid": "m"}}, {"sender": {"id": ""}, "message": {"mid": "m"}},
        {"sender": {"id": PERSON}, "message": {"mid": "\0"}}, {"delivery": {"mids": [5, None]}},
        {"sender": {"id": PERSON}, "timestamp": 1e300, "message": {"mid": "m", "text": 5, "attachments": 7}},
        {"sender": {"id": PERSON}, "timestamp": "x", "message": {"mid": "m", "text": "a\0\ud800b"}},
    ],
)  # fmt: skip
def test_odd_events_are_no_fault_of_ours(inbox: Inbox, page: InboxChannel, event: Any) -> None:
    assert post(inbox, event).status_code in (200, 400)


def test_the_handshake_repeats_the_challenge_for_the_right_word_only(inbox: Inbox) -> None:
    def ask(**asked: str) -> Response:
        query = {"hub.mode": "subscribe", "hub.verify_token": WORD, "hub.challenge": "1158201444", **asked}
        answer: Response = inbox.world.api.client.get("/hooks/facebook", params=query)
        return answer

    assert (ask().status_code, ask().text) == (200, "1158201444")
    assert ask(**{"hub.verify_token": "x"}).status_code == 403
    assert ask(**{"hub.mode": "x"}).status_code == 403
    assert ask(**{"hub.challenge": "<script>"}).status_code == 400


def test_without_an_application_nothing_is_taken(api: Api) -> None:
    body, headers = posted(said("m_1"), app_secret="")
    assert api.client.post("/hooks/facebook", content=body, headers=headers).status_code == 403
    asked = {"hub.mode": "subscribe", "hub.verify_token": "", "hub.challenge": "1"}
    assert api.client.get("/hooks/facebook", params=asked).status_code == 403
