"""Deliveries to an organization's webhook: signed, in order, tried for a day, and never to a private address."""

import json
from datetime import timedelta
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from sqlmodel import col, select
from werkzeug import Request, Response

from models import InboxDelivery, InboxWebhook, WebhookState, utcnow
from switchroom.database import session
from switchroom.encryption import encrypt
from switchroom.ids import dashed_id
from switchroom.webhook_signature import HEADER, signature, team_secret
from tests.workers.jobs.inbox import Office, office_of
from workers.jobs import inbox_webhooks
from workers.resources import Resources

pytestmark = pytest.mark.service


class Receiver:
    """The organization's server. It answers with `statuses` first, then with 200."""

    def __init__(self, server: HTTPServer) -> None:
        self.requests: list[Request] = []
        self.statuses: list[int] = []
        server.expect_request("/hook").respond_with_handler(self._serve)

    def _serve(self, request: Request) -> Response:
        self.requests.append(request)
        return Response(status=self.statuses.pop(0) if self.statuses else 200)

    def texts(self) -> list[str]:
        return [json.loads(request.data)["message"]["text"] for request in self.requests]


@pytest.fixture
def office(both: Resources, monkeypatch: pytest.MonkeyPatch, httpserver: HTTPServer) -> Office:
    office = office_of(both, monkeypatch, httpserver, fetch_private_addresses=True)
    headers = encrypt(office.resources.settings, json.dumps({"X-Custom-Header": "custom"}))
    office.add(InboxWebhook(team_id=office.team.id, url=httpserver.url_for("/hook"), sealed_headers=headers))
    return office


@pytest.fixture
def there(office: Office, httpserver: HTTPServer) -> Receiver:
    httpserver.clear()
    return Receiver(httpserver)


def deliveries(office: Office) -> list[InboxDelivery]:
    with session(office.resources.engine, readonly=True) as db:
        return list(db.exec(select(InboxDelivery).order_by(col(InboxDelivery.id))))


def states(office: Office) -> list[str]:
    return [row.state for row in deliveries(office)]


def test_a_message_is_delivered_signed(office: Office, there: Receiver) -> None:
    conversation = office.hears(office.channel(), text="Hello")
    office.works()
    (request,) = there.requests
    said = json.loads(request.data)
    assert (said["event"], said["organization_id"]) == ("message.created", dashed_id(office.team.id))
    assert (said["conversation_id"], said["message"]["text"]) == (dashed_id(conversation.id), "Hello")
    assert request.headers["X-Custom-Header"] == "custom"
    secret = team_secret(office.resources.settings.secret_key, office.team.id)
    at = int(request.headers[HEADER].split(",")[0].removeprefix("t="))
    assert request.headers[HEADER] == signature(secret, at, request.data)
    (row,) = deliveries(office)
    assert (row.state, row.attempts, row.due_at) == ("delivered", 1, None)


def test_a_delivery_that_fails_holds_up_its_conversation_and_no_other(
    office: Office, there: Receiver
) -> None:
    channel = office.channel()
    for text in ("one", "two"):
        office.hears(channel, text=text)
    there.statuses = [500]
    office.works()
    office.hears(channel, sender="+14165550198", text="other")
    office.works()
    assert there.texts() == ["one", "other"]
    assert states(office) == ["waiting", "waiting", "delivered"]
    office.works_later()
    assert there.texts() == ["one", "other", "one", "two"]
    assert states(office) == ["delivered"] * 3


def test_after_a_day_a_delivery_is_dead_and_the_next_one_goes_out(office: Office, there: Receiver) -> None:
    channel = office.channel()
    for text in ("one", "two"):
        office.hears(channel, text=text)
    first = deliveries(office)[0]
    with session(office.resources.engine) as db:
        db.get_one(InboxDelivery, first.id).created_at = utcnow() - timedelta(hours=25)
    there.statuses = [410]
    office.works()
    assert states(office) == ["dead", "delivered"]
    assert (deliveries(office)[0].problem, deliveries(office)[0].due_at) == ("status 410", None)


def test_a_replayed_delivery_is_tried_for_another_day(office: Office, there: Receiver) -> None:
    office.hears(office.channel(), text="one")
    (row,) = deliveries(office)
    with session(office.resources.engine) as db:
        current = db.get_one(InboxDelivery, row.id)
        current.created_at, current.replayed_at = utcnow() - timedelta(days=3), utcnow()
    there.statuses = [500]
    office.works()
    assert states(office) == ["waiting"]
    office.works_later()
    assert states(office) == ["delivered"]


def test_without_a_webhook_a_delivery_is_dead(office: Office, there: Receiver) -> None:
    office.hears(office.channel())
    with session(office.resources.engine) as db:
        db.delete(db.exec(select(InboxWebhook)).one())
    office.works()
    assert (states(office), there.requests) == (["dead"], [])


def test_a_slow_address_rests_so_that_others_get_their_turn(
    office: Office, there: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox_webhooks, "SLOW", 0.0)
    monkeypatch.setattr(inbox_webhooks, "RESTS", 10_000)
    channel = office.channel()
    office.hears(channel, text="one")
    office.hears(channel, sender="+14165550198", text="other")
    office.works()
    office.works_later()
    assert there.texts() == ["one"]
    assert sorted(states(office)) == ["delivered", "waiting"]
    assert [row.attempts for row in deliveries(office)] == [1, 0]
    office.resources.redis.delete(office.resources.keys.webhook_rest(office.team.id))
    office.works_later()
    assert there.texts() == ["one", "other"]


@pytest.mark.parametrize("address", ["http://127.0.0.1:{port}/hook", "http://localhost:{port}/hook"])
def test_no_private_address_is_connected_to(
    both: Resources, monkeypatch: pytest.MonkeyPatch, httpserver: HTTPServer, address: str
) -> None:
    office: Any = office_of(both, monkeypatch, httpserver)
    there = Receiver(httpserver)
    office.add(InboxWebhook(team_id=office.team.id, url=address.format(port=httpserver.port)))
    office.hears(office.channel())
    office.works()
    (row,) = deliveries(office)
    assert (row.state, row.problem) == (WebhookState.DEAD.value, "refused address")
    assert there.requests == []
