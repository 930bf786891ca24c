"""The section `contacts` of the inbox's contract."""

from typing import Any

import pytest

from models import Contact
from switchroom.inbox import Source
from tests.support.api.documented import assert_documented
from tests.support.api.inbox import GRACE, Inbox, did

pytestmark = pytest.mark.service

CONTACT: dict[str, Any] = {
    "id": "a688d36c-a85e-44af-bc02-4248c2c97622", "first_name": "Grace", "last_name": "Hopper",
    "avatar_url": "http://example.com/avatar.png", "tags": ["7b66e3d9-ff68-4c12-8588-8950dee1eb32"],
    "info": {"likes_dogs": "yes", "phone": "123456"},
}  # fmt: skip


def contact_of(inbox: Inbox, **message: Any) -> str:
    return inbox.conversation(inbox.hears(**message)).contact_id


@pytest.mark.operation("inbox-list-contacts", "inbox-assign-contact-info")
def test_list_contacts(inbox: Inbox) -> None:
    member, org = inbox.world.member, {"organization_id": inbox.org}
    grace = did(contact_of(inbox))
    ada = did(contact_of(inbox, sender="+14165550198", name="Ada"))
    for contact, key, value in (
        (grace, "likes_dogs", "yes"),
        (grace, "phone", "123456"),
        (ada, "likes_dogs", "yes"),
    ):
        body = {**org, "contact_id": contact, "key": key, "value": value}
        assert inbox.drive(member, "/assign-contact-info", 201, **body) == {}

    def found(*pairs: tuple[str, str]) -> list[str]:
        values = [{"key": key, "value": value} for key, value in pairs]
        page = inbox.ask(member, "/contacts", **org, filter={"info_values": values}).json()
        assert page["response_metadata"]["filtered_total"] == len(page["data"])
        assert page["response_metadata"]["total"] == 2
        return [one["id"] for one in page["data"]]

    page = inbox.drive(member, "/contacts", **org)
    for one in page["data"]:
        assert_documented({**one, "info": {**CONTACT["info"], **one["info"]}}, CONTACT)
    assert [one["id"] for one in page["data"]] == [ada, grace]
    assert page["data"][1]["info"] == {"likes_dogs": "yes", "phone": "123456"}
    assert found(("likes_dogs", "yes")) == [ada, grace]
    assert found(("likes_dogs", "yes"), ("phone", "123456")) == [grace]
    assert found(("likes_dogs", "no")) == found(('x"y', "z")) == []
    one = inbox.ask(member, "/contacts", **org, page_size=1).json()
    more = inbox.ask(member, "/contacts", **org, page_size=1, cursor=one["response_metadata"]["next_cursor"])
    assert [each["id"] for each in more.json()["data"]] == [grace]


@pytest.mark.operation("inbox-rename-contact")
def test_rename_contact(inbox: Inbox) -> None:
    contact = contact_of(inbox)
    body = {"organization_id": inbox.org, "contact_id": did(contact), "name": "Michael Jeffrey Jordan"}
    assert inbox.drive(inbox.world.member, "/rename-contact", 201, **body) == {}
    row: Contact = inbox.world.api.get(Contact, contact)
    assert (row.first_name, row.last_name) == ("Michael", "Jeffrey Jordan")
    page = inbox.ask(
        inbox.world.member, "/conversations", organization_id=inbox.org,
        filter={"display_name": "Michael Jeffrey Jordan"},
    )  # fmt: skip
    assert page.json()["response_metadata"]["filtered_total"] == 1


@pytest.mark.operation("inbox-update-contact-info", "inbox-delete-contact-info", "inbox-contact-info")
def test_info_is_changed_shown_and_deleted(inbox: Inbox) -> None:
    member = inbox.world.member
    named = {"organization_id": inbox.org, "contact_id": did(contact_of(inbox))}
    new = {**named, "key": "likes_dogs", "value": "no"}
    unknown = inbox.ask(member, "/update-contact-info", **new)
    assert (unknown.status_code, unknown.json()["code"]) == (404, 204)
    assert inbox.ask(member, "/assign-contact-info", **new).status_code == 201
    assert inbox.drive(member, "/update-contact-info", 202, **{**new, "value": "yes"}) == {}
    assert inbox.drive(member, "/contact-info", **named) == {"info": {"likes_dogs": "yes"}}
    assert inbox.drive(member, "/delete-contact-info", 202, **named, key="likes_dogs") == {}
    assert inbox.ask(member, "/contact-info", **named).json() == {"info": {}}
    gone = inbox.ask(member, "/delete-contact-info", **named, key="likes_dogs")
    assert (gone.status_code, gone.json()["code"]) == (404, 204)
    for key in ("Likes dogs", "first_name", "", "x" * 41):
        assert inbox.ask(member, "/assign-contact-info", **{**new, "key": key}).json()["code"] == 101


def test_a_person_is_one_contact_over_sms_whatsapp_and_the_telephone(inbox: Inbox) -> None:
    known = Contact(team_id=inbox.world.team.id, first_name="Grace", cell_number=GRACE)
    inbox.world.api.add(known)
    whatsapp = inbox.connected(Source.WHATSAPP_TWILIO, inbox.channel.external_id)
    assert contact_of(inbox) == contact_of(inbox, channel=whatsapp) == known.id
    assert contact_of(inbox, sender="psid", channel=inbox.connected(Source.FACEBOOK, "page42")) != known.id


def test_a_personal_contact_is_not_the_organizations(inbox: Inbox) -> None:
    mine = Contact(owner_id=inbox.world.member.user.id, first_name="Grace", cell_number=GRACE)
    inbox.world.api.add(mine)
    assert contact_of(inbox) != mine.id
    body = {"organization_id": inbox.org, "contact_id": did(mine), "name": "X"}
    assert inbox.ask(inbox.world.member, "/rename-contact", **body).json()["code"] == 203
