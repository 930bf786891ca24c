"""Pages of Facebook are connected and listed, and messages go out over them."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr
from pytest_httpserver import HTTPServer

from models import ChannelState, Conversation, InboxChannel, InboxMessage, utcnow
from models.outbox import OutboxKind, emit
from switchroom.database import session
from switchroom.encryption import decrypt, encrypt
from switchroom.ids import new_id
from switchroom.messages.outbox import JobRequest
from tests.support.providers.facebook import (
    APP_SECRET,
    PAGE,
    PAGE_TOKEN,
    PERSON,
    USER_TOKEN,
    GraphServer,
    error,
)
from tests.workers.jobs.inbox import Office, office_of
from workers.resources import Resources

pytestmark = pytest.mark.service


class Desk:
    """An office with a page."""

    def __init__(self, resources: Resources, patch: pytest.MonkeyPatch, server: HTTPServer) -> None:
        self.graph = GraphServer(server)
        more: dict[str, Any] = {"facebook_app_secret": SecretStr(APP_SECRET), **self.graph.settings}
        self.office: Office = office_of(resources, patch, server, **more)
        self.settings = self.office.resources.settings

    def page(self, state: ChannelState = ChannelState.CONNECTED, token: str = PAGE_TOKEN) -> InboxChannel:
        row = InboxChannel(
            team_id=self.office.team.id, source="FACEBOOK", external_id=PAGE, name=PAGE, state=state.value,
            sealed_token=encrypt(self.settings, token),
        )  # fmt: skip
        self.office.add(row)
        return row

    def talk(self) -> Conversation:
        return self.office.hears(self.page(), sender=PERSON)

    def ask(self, job: str, *args: str) -> None:
        with session(self.office.resources.engine) as db:
            emit(db, OutboxKind.JOB, JobRequest(name=job, args=list(args)).model_dump())
        self.office.works()

    def sent(self) -> list[Any]:
        return [row["sent"]["message"] for row in self.graph.messages]


@pytest.fixture
def desk(resources: Resources, monkeypatch: pytest.MonkeyPatch, httpserver: HTTPServer) -> Desk:
    return Desk(resources, monkeypatch, httpserver)


def test_a_page_is_connected_with_a_token_of_its_own_and_disconnected(desk: Desk) -> None:
    page = desk.page(ChannelState.PENDING, USER_TOKEN)
    desk.ask("connect_inbox_channel", page.id)
    row = desk.office.get(InboxChannel, page.id)
    assert (row.state, row.name, row.image_url) == ("connected", "Acme", "https://example.com/a.png")
    assert decrypt(desk.settings, row.sealed_token) == PAGE_TOKEN
    assert desk.graph.subscribed == "messages,messaging_postbacks,message_deliveries"
    with session(desk.office.resources.engine) as db:
        db.get_one(InboxChannel, page.id).state = ChannelState.DISCONNECTING.value
    desk.ask("disconnect_inbox_channel", page.id)
    assert (desk.office.get(InboxChannel, page.id).state, desk.graph.subscribed) == ("disconnected", None)


def test_a_wrong_token_is_told(desk: Desk) -> None:
    page = desk.page(ChannelState.PENDING, "nonsense")
    desk.ask("connect_inbox_channel", page.id)
    row = desk.office.get(InboxChannel, page.id)
    assert (row.state, row.problem) == ("failed", "Facebook: 190 Invalid OAuth access token.")


def test_the_pages_of_a_user_are_listed(desk: Desk) -> None:
    token = encrypt(desk.settings, USER_TOKEN).rstrip("=")
    desk.ask("list_inbox_channels", new_id(), desk.office.team.id, desk.office.user.id, "FACEBOOK", token)
    (told,) = desk.office.events("inbox_channels")
    assert [one["external_channel_id"] for one in told["data"]["channels"]] == [PAGE]


def test_texts_attachments_links_and_templates_go_out(desk: Desk) -> None:
    talk = desk.talk()
    element = {
        "title": "A",
        "default_action_url": "https://x.example",
        "buttons": [{"type": "URL", "url": "https://y.example"}],
    }
    parts: list[dict[str, Any]] = [
        {"type": "IMAGE", "payload": {"url": "https://example.com/a.png"}},
        {"type": "LINK", "payload": {"url": "https://example.com", "title": "Page"}},
        {"type": "FB_TEMPLATE", "payload": {
            "title": "A", "subtitle": "B", "template_type": "generic", "elements": [element]}},
    ]  # fmt: skip
    desk.office.answers(talk, "Hello")
    for part in parts:
        desk.office.answers(talk, "", attachments=[part])
    desk.office.works()
    text, image, link, template = desk.sent()
    assert (text, link) == ({"text": "Hello"}, {"text": "Page: https://example.com"})
    assert image["attachment"]["type"] == "image"
    assert template["attachment"]["payload"] == {
        "template_type": "generic",
        "elements": [
            {
                "title": "A",
                "default_action": {"type": "web_url", "url": "https://x.example"},
                "buttons": [{"type": "web_url", "url": "https://y.example", "title": "https://y.example"}],
            }
        ],
    }


@pytest.mark.parametrize(("hours", "type_"), [(1, "RESPONSE"), (30, "MESSAGE_TAG")])
def test_after_a_day_a_message_is_marked_as_a_persons(desk: Desk, hours: int, type_: str) -> None:
    talk = desk.talk()
    desk.office.answers(talk, "Hello")
    with session(desk.office.resources.engine) as db:
        db.get_one(Conversation, talk.id).last_inbound_at = utcnow() - timedelta(hours=hours)
    desk.office.works()
    (row,) = desk.graph.messages
    assert row["sent"]["messaging_type"] == type_


def test_a_busy_facebook_is_asked_again_and_a_lost_answer_sends_nothing_twice(desk: Desk) -> None:
    talk = desk.talk()
    desk.graph.interruptions = [error(613, "Calls to this api have exceeded the rate limit.", 400)]
    desk.graph.loses_answers = 1
    message = desk.office.answers(talk, "Hello")
    desk.office.works()
    assert desk.sent() == []
    desk.office.works_later()
    assert desk.office.get(InboxMessage, message.id).provider_id is None
    desk.office.works_later()
    assert desk.sent() == [{"text": "Hello"}]
    row = desk.office.get(InboxMessage, message.id)
    assert (row.state, row.provider_id, row.due_at) == ("PENDING", "m_1", None)


def test_what_facebook_refuses_has_failed(desk: Desk) -> None:
    message = desk.office.answers(desk.office.hears(desk.page(), sender="5"), "Hello")
    desk.office.works()
    assert desk.office.get(InboxMessage, message.id).problem == "Facebook: 100 No matching user found"
