"""Notes that members write for each other."""

from typing import Any

import pytest
from sqlmodel import select

from models import InboxDelivery, InboxMessage, InboxWebhook, Outbox
from tests.support.api.inbox import Inbox, did

pytestmark = pytest.mark.service


def test_notes_are_written_listed_and_deleted(inbox: Inbox) -> None:
    member, admin = inbox.world.member, inbox.world.admin
    conversation = did(inbox.hears().conversation_id)
    made = [
        inbox.drive(member, "/add-note", 201, conversation_id=conversation, text=text)["id"]
        for text in ("first", "second", "third")
    ]
    page = inbox.drive(admin, "/notes", conversation_id=conversation, page_size=2)
    assert [note["text"] for note in page["data"]] == ["third", "second"]
    assert page["data"][0]["author"]["id"] == did(member.user.id)
    assert page["response_metadata"]["total"] == 3
    cursor = page["response_metadata"]["next_cursor"]
    rest = inbox.ask(admin, "/notes", conversation_id=conversation, page_size=2, cursor=cursor).json()
    assert [note["id"] for note in rest["data"]] == [made[0]]
    colleague = inbox.world.api.person(inbox.world.team)
    assert inbox.ask(colleague, "/delete-note", note_id=made[0]).json()["code"] == 103
    assert inbox.drive(member, "/delete-note", 202, note_id=made[0]) == {}
    assert inbox.ask(admin, "/delete-note", note_id=made[1]).status_code == 202
    assert inbox.ask(member, "/delete-note", note_id=made[0]).json()["code"] == 212
    assert inbox.ask(member, "/add-note", conversation_id=conversation, text="\u200b").json()["code"] == 101
    told = [(event["verb"], event["data"]["text"]) for event in inbox.events("inbox_note")]
    assert told == [
        ("created", "first"), ("created", "second"), ("created", "third"),
        ("destroyed", "first"), ("destroyed", "second"),
    ]  # fmt: skip


def test_a_note_goes_neither_to_the_contact_nor_to_the_webhook(inbox: Inbox) -> None:
    inbox.world.api.add(InboxWebhook(team_id=inbox.world.team.id, url="https://example.com"))
    message = inbox.hears()

    def left() -> tuple[Any, ...]:
        with inbox.world.api.session() as session:
            jobs = select(Outbox.id).where(Outbox.kind == "job")
            return tuple(len(session.exec(rows).all()) for rows in (
                select(InboxMessage.id), select(InboxDelivery.id), jobs,
            ))  # fmt: skip

    before = left()
    body = {"conversation_id": did(message.conversation_id), "text": "secret"}
    assert inbox.ask(inbox.world.member, "/add-note", **body).is_success
    assert left() == before
    messages = inbox.ask(inbox.world.member, "/messages", conversation_id=body["conversation_id"]).json()
    assert [one["text"] for one in messages["data"]] == ["Hello"]
