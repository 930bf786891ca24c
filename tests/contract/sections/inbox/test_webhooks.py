"""The section `webhooks` of the inbox's contract. `tests/workers/jobs/test_inbox_webhooks.py` has the deliveries."""

from typing import Any

import pytest
from sqlmodel import select

from models import InboxDelivery, InboxWebhook, WebhookState, utcnow
from tests.contract.sections.inbox.test_messages import jobs
from tests.support.api.inbox import Inbox, did

pytestmark = pytest.mark.service

HEADERS = {"X-Custom-Header": "custom-code-for-header"}
HOOK = {"url": "https://my-url-to-be-hit.example", "headers": HEADERS}


@pytest.mark.operation("inbox-webhook-subscribe", "inbox-get-webhook", "inbox-webhook-unsubscribe")
def test_a_webhook_is_subscribed_shown_and_unsubscribed(inbox: Inbox) -> None:
    admin, member, org = inbox.world.admin, inbox.world.member, {"organization_id": inbox.org}
    assert inbox.ask(admin, "/webhook", **org).json()["code"] == 209
    assert inbox.drive(admin, "/webhook-subscribe", **org, **HOOK) == {}
    assert inbox.drive(admin, "/webhook", **org) == {"status": "Subscribed", **HOOK}
    with inbox.world.api.session() as session:
        sealed = session.exec(select(InboxWebhook.sealed_headers)).one()
    assert "custom-code" not in sealed
    assert inbox.ask(admin, "/webhook-subscribe", **org, url="https://other.example").is_success
    assert inbox.ask(admin, "/webhook", **org).json()["headers"] == {}
    for path, body in (("/webhook", {}), ("/webhook-subscribe", HOOK), ("/webhook-unsubscribe", {})):
        assert inbox.ask(member, path, **org, **body).json()["code"] == 103
    assert inbox.drive(admin, "/webhook-unsubscribe", **org) == {}
    assert inbox.ask(admin, "/webhook-unsubscribe", **org).json()["code"] == 209


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "ftp://x"},
        {"url": "https://ann:secret@hooks.example.com/"},
        {"url": "https://hooks.example.com:99999/"},
        {"url": "https://[::1%25eth0]/"},
        {"url": "https:///path"},
        {"headers": {"a b": "c"}},
        {"headers": {"a": "b\r\nc"}},
        {"headers": {"Host": "x"}},
    ],
)
def test_a_wrong_subscription_is_a_400(inbox: Inbox, wrong: Any) -> None:
    answer = inbox.ask(
        inbox.world.admin, "/webhook-subscribe", organization_id=inbox.org, **{**HOOK, **wrong}
    )
    assert (answer.status_code, answer.json()["code"]) == (400, 101)


def test_each_message_is_a_delivery_once_there_is_a_webhook(inbox: Inbox) -> None:
    admin, org = inbox.world.admin, {"organization_id": inbox.org}
    inbox.hears("before")
    assert inbox.ask(admin, "/webhook-subscribe", **org, **HOOK).is_success
    message = inbox.hears("after")
    page = inbox.drive(admin, "/webhook-deliveries", **org, state="waiting")
    (delivery,) = page["data"]
    assert page["response_metadata"]["total"] == 1
    assert delivery["payload"]["message"]["id"] == did(message)
    assert delivery["payload"]["organization_id"] == inbox.org
    assert (delivery["event"], delivery["conversation_id"]) == (
        "message.created",
        did(message.conversation_id),
    )
    assert jobs(inbox, "deliver_inbox_webhook") == [[delivery["id"].replace("-", "")]]


def test_dead_deliveries_are_listed_and_replayed(inbox: Inbox) -> None:
    admin, member, org = inbox.world.admin, inbox.world.member, {"organization_id": inbox.org}
    conversation = inbox.hears().conversation_id
    dead = [
        InboxDelivery(
            team_id=inbox.world.team.id, conversation_id=conversation, event="message.created",
            payload={"id": str(number)}, state=WebhookState.DEAD.value, attempts=9, problem="status 500",
        )
        for number in range(3)
    ]  # fmt: skip
    inbox.world.api.add(*dead)
    page = inbox.drive(admin, "/webhook-deliveries", **org)
    assert [one["id"] for one in page["data"]] == [did(row) for row in reversed(dead)]
    assert {one["problem"] for one in page["data"]} == {"status 500"}
    one = inbox.drive(admin, "/replay-webhook-deliveries", 202, **org, delivery_ids=[did(dead[1])])
    assert one == {"replayed": 1}
    assert jobs(inbox, "deliver_inbox_webhook") == [[dead[1].id]]
    assert inbox.ask(admin, "/replay-webhook-deliveries", **org).json() == {"replayed": 2}
    row: InboxDelivery = inbox.world.api.get(InboxDelivery, dead[0].id)
    assert (row.state, row.attempts) == ("waiting", 0)
    assert row.replayed_at is not None
    assert row.replayed_at <= utcnow()
    gone = inbox.ask(admin, "/replay-webhook-deliveries", **org, delivery_ids=[did(dead[0])])
    assert gone.json()["code"] == 210
    for path in ("/webhook-deliveries", "/replay-webhook-deliveries"):
        assert inbox.ask(member, path, **org).json()["code"] == 103
