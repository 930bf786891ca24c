"""The section `tags` of the inbox's contract."""

import pytest

from tests.support.api.inbox import Inbox, did

pytestmark = pytest.mark.service

TAG = {"name": "Urgent", "color": "tag-red"}


@pytest.mark.operation("inbox-create-tag", "inbox-organization-tags")
def test_create_and_list_tags(inbox: Inbox) -> None:
    member, org = inbox.world.member, {"organization_id": inbox.org}
    made = inbox.drive(member, "/create-tag", 201, **org, **TAG)["id"]
    assert inbox.drive(member, "/organization-tags", **org) == {"tags": [{"id": made, **org, **TAG}]}
    taken = inbox.ask(member, "/create-tag", **org, **{**TAG, "name": "URGENT "})
    assert (taken.status_code, taken.json()["code"]) == (409, 305)
    wrong = inbox.ask(member, "/create-tag", **org, name="Later", color="red").json()
    assert wrong == {"code": 101, "message": "color: One of tag-red, tag-blue, tag-green, tag-purple"}


@pytest.mark.operation("inbox-update-tag")
def test_update_tag(inbox: Inbox) -> None:
    member, org = inbox.world.member, {"organization_id": inbox.org}
    made = inbox.ask(member, "/create-tag", **org, **TAG).json()["id"]
    body = {**org, "id": made, "name": "Urgent", "color": "tag-blue"}
    assert inbox.drive(member, "/update-tag", 202, **body) == {}
    assert inbox.ask(member, "/organization-tags", **org).json()["tags"][0]["color"] == "tag-blue"


@pytest.mark.operation("inbox-delete-tag")
@pytest.mark.parametrize("field", ["id", "tag_id"])
def test_delete_tag(inbox: Inbox, field: str) -> None:
    member, org = inbox.world.member, {"organization_id": inbox.org}
    made = inbox.ask(member, "/create-tag", **org, **TAG).json()["id"]
    assert inbox.ask(member, "/delete-tag", **org).json() == {"code": 101, "message": "id: Required"}
    assert inbox.drive(member, "/delete-tag", 202, **org, **{field: made}) == {}
    assert inbox.ask(member, "/organization-tags", **org).json() == {"tags": []}
    assert inbox.ask(member, "/delete-tag", **org, id=made).json()["code"] == 205


@pytest.mark.operation("inbox-add-tag", "inbox-remove-tag")
def test_add_and_remove_tag(inbox: Inbox) -> None:
    member, org = inbox.world.member, {"organization_id": inbox.org}
    message = inbox.hears()
    contact = did(inbox.conversation(message).contact_id)
    made = inbox.ask(member, "/create-tag", **org, **TAG).json()["id"]
    body = {**org, "contact_id": contact, "tag_id": made}
    for _ in range(2):
        assert inbox.drive(member, "/add-tag", 202, **body) == {}
    shown = inbox.ask(member, "/conversation", conversation_id=did(message.conversation_id)).json()
    assert shown["contact"]["tags"] == [made]
    assert shown["message"]["sender"]["tags"] == [{"id": made, **TAG}]
    for _ in range(2):
        assert inbox.drive(member, "/remove-tag", 202, **body) == {}
    shown = inbox.ask(member, "/conversation", conversation_id=did(message.conversation_id)).json()
    assert shown["contact"]["tags"] is None
    assert inbox.ask(member, "/add-tag", **{**body, "contact_id": made}).json()["code"] == 203
    assert inbox.ask(member, "/add-tag", **{**body, "tag_id": contact}).json()["code"] == 205
