"""What Twilio posts: verified, stored once, and only then answered."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from httpx import Response
from sqlmodel import col, func, select

from models import Contact, Conversation, InboxChannel, InboxMessage
from models.inbox_message import reply
from switchroom.inbox import Source
from tests.support.api.inbox import GRACE, Inbox, did
from tests.support.api.told import told
from tests.support.providers.twilio import AUTH_TOKEN, TOKEN, posted

pytestmark = pytest.mark.service

SID = "SM" + "a" * 32


@pytest.fixture
def number(inbox: Inbox) -> InboxChannel:
    return inbox.connected(Source.SMS_TWILIO, "+14165550111", TOKEN)


def form(number: InboxChannel, **changes: str) -> dict[str, str]:
    return {
        "MessageSid": SID, "SmsSid": SID, "AccountSid": TOKEN.partition(":")[0], "From": GRACE,
        "To": number.external_id, "Body": "Hello", "NumMedia": "0", **changes,
    }  # fmt: skip


def post(inbox: Inbox, form: dict[str, str], query: str = "", auth_token: str = AUTH_TOKEN) -> Response:
    url = f"{inbox.world.api.context.settings.public_url}/hooks/twilio{query}"
    body, headers = posted(url, form, auth_token)
    answer: Response = inbox.world.api.client.post(f"/hooks/twilio{query}", content=body, headers=headers)
    return answer


def stored(inbox: Inbox) -> list[InboxMessage]:
    with inbox.world.api.session() as session:
        return list(session.exec(select(InboxMessage).order_by(col(InboxMessage.id))))


@pytest.mark.operation("inbox-twilio-webhook")
def test_a_message_is_stored_with_its_contact(inbox: Inbox, number: InboxChannel) -> None:
    media = {"NumMedia": "2", "MediaUrl0": "https://api.twilio.com/m/0", "MediaContentType0": "image/png",
             "MediaUrl1": "https://api.twilio.com/m/1", "MediaContentType1": "application/pdf"}  # fmt: skip
    answer = post(inbox, form(number, **media))
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/xml; charset=utf-8")
    assert "<Response>" in answer.text
    (message,) = stored(inbox)
    assert (message.text, message.inbound, message.provider_id, message.number) == ("Hello", True, SID, 1)
    assert [one["type"] for one in message.attachments] == ["IMAGE", "FILE"]
    conversation = inbox.conversation(message)
    assert (conversation.channel_id, conversation.external_id) == (number.id, GRACE)
    contact: Contact = inbox.world.api.get(Contact, conversation.contact_id)
    assert contact.cell_number == GRACE


def test_what_twilio_sends_twice_is_stored_once(inbox: Inbox, number: InboxChannel) -> None:
    for _ in range(3):
        assert post(inbox, form(number)).status_code == 200
    assert len(stored(inbox)) == 1
    assert inbox.conversation(stored(inbox)[0]).inbound_count == 1


def test_the_same_message_many_times_at_once_is_stored_once(inbox: Inbox, number: InboxChannel) -> None:
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda n: post(inbox, form(number, MessageSid=f"SM{n % 3}")), range(12)))
    assert {answer.status_code for answer in answers} == {200}
    assert sorted(row.provider_id or "" for row in stored(inbox)) == ["SM0", "SM1", "SM2"]
    with inbox.world.api.session() as session:
        assert session.exec(select(func.count()).select_from(Conversation)).one() == 1
        assert session.exec(select(func.count()).select_from(Contact)).one() == 1


@pytest.mark.parametrize(
    ("changes", "auth_token", "query", "status"),
    [
        ({}, "another", "", 403),
        ({"To": "+14165550000"}, AUTH_TOKEN, "", 404),
        ({"To": "x" * 100}, AUTH_TOKEN, "", 404),
        ({"MessageSid": ""}, AUTH_TOKEN, "", 400),
        ({"From": "\0"}, AUTH_TOKEN, "", 400),
    ],
)
def test_what_is_not_twilios_or_no_message_is_refused_and_not_stored(
    inbox: Inbox, number: InboxChannel, changes: dict[str, str], auth_token: str, query: str, status: int
) -> None:
    assert post(inbox, form(number, **changes), query, auth_token).status_code == status
    assert stored(inbox) == []


def test_a_form_that_was_changed_on_its_way_is_refused(inbox: Inbox, number: InboxChannel) -> None:
    body, headers = posted(f"{inbox.world.api.context.settings.public_url}/hooks/twilio", form(number))
    changed = body.replace(b"Hello", b"Hullo")
    assert inbox.world.api.client.post("/hooks/twilio", content=changed, headers=headers).status_code == 403
    moved = inbox.world.api.client.post("/hooks/twilio?message=1", content=body, headers=headers)
    assert moved.status_code == 403
    assert inbox.world.api.client.post("/hooks/twilio", content=body).status_code == 403
    assert inbox.world.api.client.post("/hooks/twilio", content=b"\xff=\xfe").status_code in (400, 404)
    assert stored(inbox) == []


def test_whatsapp_is_a_channel_of_its_own(inbox: Inbox, number: InboxChannel) -> None:
    whatsapp = inbox.connected(Source.WHATSAPP_TWILIO, number.external_id, TOKEN)
    body = form(
        number,
        From=f"whatsapp:{GRACE}",
        To=f"whatsapp:{number.external_id}",
        ProfileName="Grace Brewster Hopper",
    )
    assert post(inbox, body).status_code == 200
    (message,) = stored(inbox)
    conversation = inbox.conversation(message)
    assert (conversation.channel_id, conversation.external_id) == (whatsapp.id, GRACE)
    contact: Contact = inbox.world.api.get(Contact, conversation.contact_id)
    assert (contact.first_name, contact.last_name) == ("Grace", "Brewster Hopper")


def test_a_disconnected_channel_takes_nothing(inbox: Inbox, number: InboxChannel) -> None:
    with inbox.world.api.session() as session:
        session.get_one(InboxChannel, number.id).claim = None
    assert post(inbox, form(number)).status_code == 404


def sent(inbox: Inbox, number: InboxChannel, **columns: Any) -> InboxMessage:
    heard = inbox.hears(channel=number)
    with inbox.world.api.session() as session:
        conversation = session.get_one(Conversation, heard.conversation_id)
        message = reply(session, conversation, inbox.world.member.user.id, text="Hi", attachments=[])
        for name, value in columns.items():
            setattr(message, name, value)
        return message


def receipt(number: InboxChannel, status: str, **changes: str) -> dict[str, str]:
    return {"MessageSid": SID, "MessageStatus": status, "From": number.external_id, "To": GRACE, **changes}


def state(inbox: Inbox, message: InboxMessage) -> tuple[str, str | None, str | None, Any]:
    row: InboxMessage = inbox.world.api.get(InboxMessage, message.id)
    return row.state, row.problem, row.provider_id, row.due_at


def test_receipts_change_the_state_and_clients_are_told(inbox: Inbox, number: InboxChannel) -> None:
    message = sent(inbox, number, provider_id=SID, due_at=None)
    assert post(inbox, receipt(number, "queued")).status_code == 200
    assert state(inbox, message) == ("PENDING", None, SID, None)
    assert post(inbox, receipt(number, "delivered")).status_code == 200
    assert state(inbox, message) == ("DELIVERED", None, SID, None)
    assert post(inbox, receipt(number, "sent")).status_code == 200
    assert post(inbox, receipt(number, "queued")).status_code == 200
    assert state(inbox, message) == ("DELIVERED", None, SID, None)
    (events,) = told(inbox.world.api, inbox.world.member)
    updates = [
        event["data"] for event in events if (event["model"], event["verb"]) == ("inbox_message", "updated")
    ]
    assert [(one["message"]["id"], one["message"]["state"]) for one in updates] == [
        (did(message), "DELIVERED")
    ]


def test_a_failure_says_why(inbox: Inbox, number: InboxChannel) -> None:
    message = sent(inbox, number, provider_id=SID, due_at=None)
    assert post(inbox, receipt(number, "undelivered", ErrorCode="30003")).status_code == 200
    assert state(inbox, message) == ("FAILED", "Twilio: error 30003", SID, None)


def test_a_receipt_names_a_message_whose_answer_was_lost(inbox: Inbox, number: InboxChannel) -> None:
    message = sent(inbox, number)
    assert post(inbox, receipt(number, "delivered"), f"?message={message.id}").status_code == 200
    assert state(inbox, message) == ("DELIVERED", None, SID, None)
    unknown = post(inbox, receipt(number, "delivered", MessageSid="SMdead"), "?message=x")
    assert unknown.status_code == 200


def test_what_no_database_stores_is_left_out(inbox: Inbox, number: InboxChannel) -> None:
    hostile = {
        "ProfileName": "Gr\0ace",
        "Body": "Hel\0lo",
        "NumMedia": "1",
        "MediaUrl0": "https://api.twilio.com/m/\0" + "0",
    }
    assert post(inbox, form(number, **hostile)).status_code == 200
    (message,) = stored(inbox)
    assert message.text == "Hello"
    assert message.attachments[0]["payload"]["url"] == "https://api.twilio.com/m/0"
    contact: Contact = inbox.world.api.get(Contact, inbox.conversation(message).contact_id)
    assert contact.first_name == "Grace"
