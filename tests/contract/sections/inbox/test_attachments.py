"""Files of messages: uploaded by members, sent, and shown with links."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from httpx import Response
from sqlmodel import select

from models import InboxFile
from tests.support.api.client import Api, Person
from tests.support.api.inbox import Inbox, did, stored_inbox
from tests.support.servers import S3Server

pytestmark = pytest.mark.service

PDF = b"%PDF-1.4\n%%EOF\n"


@pytest.fixture
def inbox(make_api: Callable[..., Api], any_database_url: str, s3_server: S3Server) -> Inbox:
    return stored_inbox(make_api, any_database_url, s3_server)


def upload(inbox: Inbox, person: Person | None, content: bytes = PDF, **fields: Any) -> Response:
    told = {"organization_id": inbox.org, **fields}
    answer: Response = inbox.world.api.client.post(
        "/inbox/upload-attachment",
        files={"file": ("../Offer.pdf", content, "text/html")},
        data={name: value for name, value in told.items() if value},
        headers=person.headers if person else {},
    )
    return answer


def send(inbox: Inbox, person: Person, conversation: str, *files: str) -> Response:
    attachments = [{"type": "IMAGE", "payload": {"file_id": file}} for file in files]
    body = {"conversation_id": conversation, "message": {"attachments": attachments}}
    return inbox.ask(person, "/send-message", **body)


def test_a_file_is_uploaded_sent_and_shown(inbox: Inbox) -> None:
    member = inbox.world.member
    conversation = did(inbox.hears().conversation_id)
    answer = upload(inbox, member)
    assert answer.status_code == 201, answer.text
    file = answer.json()
    assert {name: file[name] for name in ("type", "name", "media_type", "size")} == {
        "type": "FILE", "name": "Offer.pdf", "media_type": "application/pdf", "size": len(PDF),
    }  # fmt: skip
    assert send(inbox, member, conversation, file["file_id"]).status_code == 200
    (newest, _) = inbox.ask(inbox.world.admin, "/messages", conversation_id=conversation).json()["data"]
    (attachment,) = newest["attachments"]
    assert (attachment["type"], attachment["title"]) == ("FILE", "Offer.pdf")
    assert attachment["url"] == attachment["payload"]["url"]
    assert httpx.get(attachment["url"]).content == PDF
    (listed,) = inbox.ask(member, "/conversations", organization_id=inbox.org).json()["data"]
    assert httpx.get(listed["message"]["attachments"][0]["url"]).content == PDF
    shown = inbox.drive(inbox.world.admin, "/attachment", file_id=file["file_id"])
    assert httpx.get(shown["url"]).content == PDF


def test_strangers_upload_nothing(inbox: Inbox) -> None:
    assert (upload(inbox, None).status_code, upload(inbox, None).json()["code"]) == (401, 102)
    refused = upload(inbox, inbox.world.stranger)
    assert (refused.status_code, refused.json()["code"]) == (404, 201)
    with inbox.world.api.session() as session:
        assert session.exec(select(InboxFile)).all() == []


def test_wrong_forms_are_named(inbox: Inbox) -> None:
    member = inbox.world.member
    missing = upload(inbox, member, organization_id=None)
    assert (missing.status_code, missing.json()["message"].split(":")[0]) == (400, "organization_id")
    large = upload(inbox, member, b"x" * (1024 * 1024 + 1))
    assert (large.status_code, large.json()["code"]) == (413, 107)
    no_form = inbox.ask(member, "/upload-attachment", organization_id=inbox.org)
    assert (no_form.status_code, no_form.json()["code"]) == (400, 101)


def test_a_file_is_its_uploaders_until_it_is_sent_and_is_sent_once(inbox: Inbox) -> None:
    member, admin = inbox.world.member, inbox.world.admin
    conversation = did(inbox.hears().conversation_id)
    file = upload(inbox, member).json()["file_id"]
    assert inbox.ask(admin, "/attachment", file_id=file).json()["code"] == 211
    for refused in (
        send(inbox, admin, conversation, file),
        send(inbox, member, conversation, file, file),
        send(inbox, member, conversation, conversation),
    ):
        assert refused.status_code == 400
        assert refused.json()["message"].startswith("message.attachments.payload.file_id: ")
    assert send(inbox, member, conversation, file).status_code == 200
    assert send(inbox, member, conversation, file).status_code == 400
