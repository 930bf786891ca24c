"""Texts that members send often."""

from typing import Any

import pytest

from models import Contact
from models.inbox_saved_reply import fill_known, known_values
from tests.support.api.inbox import Inbox, did

pytestmark = pytest.mark.service


def test_saved_replies_are_made_changed_and_deleted(inbox: Inbox) -> None:
    member = inbox.world.member
    org: dict[str, Any] = {"organization_id": inbox.org}
    text = "Hello {{first_name}}, {{agent}} of {{organization}}. Yours is {{order}}"
    made = inbox.drive(member, "/create-saved-reply", 201, **org, name="Greeting", text=text)["id"]
    taken = inbox.ask(member, "/create-saved-reply", **org, name="greeting", text="Hi").json()
    assert taken["code"] == 305
    (listed,) = inbox.drive(member, "/saved-replies", **org)["saved_replies"]
    assert listed == {
        "id": made, **org, "name": "Greeting", "text": text,
        "placeholders": ["first_name", "agent", "organization", "order"],
    }  # fmt: skip
    changed: dict[str, Any] = {**org, "saved_reply_id": made, "name": "Greeting", "text": "Hi {{name}}"}
    assert inbox.drive(member, "/update-saved-reply", **changed) == {}
    message = inbox.hears()
    body: dict[str, Any] = {"conversation_id": did(message.conversation_id), "saved_reply_id": made}
    assert inbox.drive(member, "/fill-saved-reply", **body) == {"text": "Hi Grace Hopper", "missing": []}
    assert inbox.drive(member, "/delete-saved-reply", 202, **org, saved_reply_id=made) == {}
    assert inbox.ask(member, "/fill-saved-reply", **body).json()["code"] == 213


def test_what_has_no_value_stays_in_the_text_and_is_named() -> None:
    contact = Contact(first_name="Grace", attributes={"order": "42", "agent": "nobody", "first_name": "x"})
    values = known_values(contact, "ACME", "Jane Doe")
    assert values == {
        "order": "42", "agent": "Jane Doe", "first_name": "Grace", "name": "Grace", "organization": "ACME",
    }  # fmt: skip
    filled = fill_known("{{first_name}} {{ last_name }}: {{order}}, {{agent}}", values)
    assert filled == ("Grace {{last_name}}: 42, Jane Doe", ["last_name"])


def test_a_value_is_not_filled_again() -> None:
    contact = Contact(first_name="{{order}}", attributes={"order": "42"})
    assert fill_known("{{first_name}}", known_values(contact, ""))[0] == "{{order}}"
