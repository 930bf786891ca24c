"""Two contacts that are the same person."""

from typing import Any

import pytest
from sqlmodel import select

from models import AuditEntry, Contact, ContactMerge, InboxChannel, InboxTeam, InboxTeamChannel
from models.inbox_contact import person_by_number
from switchroom.inbox import Source
from tests.support.api.inbox import GRACE, Inbox, did

pytestmark = pytest.mark.service

TAGS = (("Urgent", "tag-red"), ("Late", "tag-blue"))


class Two:
    """One person who writes by SMS and over a page at Facebook."""

    def __init__(self, inbox: Inbox) -> None:
        self.inbox = inbox
        self.org: dict[str, Any] = {"organization_id": inbox.org}
        page = inbox.connected(Source.FACEBOOK, "page")
        self.messages = (
            inbox.hears(),
            inbox.hears("Hi", sender="psid", name="G. Hopper", channel=page),
        )
        self.kept, self.other = (did(inbox.conversation(one).contact_id) for one in self.messages)

    def ask(self, path: str, **body: Any) -> Any:
        answer = self.inbox.ask(self.inbox.world.member, path, **self.org, **body)
        assert answer.is_success, answer.text
        return answer.json()

    def merge(self) -> Any:
        body: dict[str, Any] = {**self.org, "contact_id": self.kept, "merged_contact_id": self.other}
        return self.inbox.drive(self.inbox.world.member, "/merge-contacts", **body)


def test_conversations_info_and_tags_move(inbox: Inbox) -> None:
    two = Two(inbox)
    tags = [two.ask("/create-tag", name=name, color=color)["id"] for name, color in TAGS]
    two.ask("/add-tag", contact_id=two.kept, tag_id=tags[0])
    for tag in tags:
        two.ask("/add-tag", contact_id=two.other, tag_id=tag)
    two.ask("/assign-contact-info", contact_id=two.kept, key="vip", value="yes")
    two.ask("/assign-contact-info", contact_id=two.other, key="vip", value="no")
    two.ask("/assign-contact-info", contact_id=two.other, key="city", value="Graz")
    merged = two.merge()
    assert merged["id"] == two.kept
    assert (merged["first_name"], merged["last_name"]) == ("Grace", "Hopper")
    assert merged["info"] == {"vip": "yes", "city": "Graz"}
    assert sorted(merged["tags"]) == sorted(tags)
    assert (merged["merged_contact_ids"], merged["numbers"]) == ([two.other], [GRACE])
    for id in (two.kept, two.other):
        page = two.ask("/conversations", filter={"contact_ids": [id]})
        assert len(page["data"]) == 2
        assert {one["contact"]["id"] for one in page["data"]} == {two.kept}
        assert len(two.ask("/conversations", filter={"contact_id": id})["data"]) == 2
        assert two.ask("/contact", contact_id=id) == merged
        assert two.ask("/contact-info", contact_id=id)["info"]["city"] == "Graz"
    assert two.ask("/contacts")["response_metadata"]["total"] == 1
    (event,) = inbox.events("inbox_contact")
    assert event["data"] == {**two.org, "contact_id": two.kept, "merged_contact_id": two.other}
    with inbox.world.api.session() as session:
        assert session.exec(select(ContactMerge)).one().was["attributes"] == {"vip": "no", "city": "Graz"}
        assert session.exec(select(AuditEntry.action)).all()[-1] == "contact merged"


def test_what_the_person_writes_next_is_the_kept_contacts(inbox: Inbox) -> None:
    two = Two(inbox)
    two.merge()
    page = inbox.world.api.get(InboxChannel, two.messages[1].channel_id)
    for message in (inbox.hears("again", sender="psid", channel=page), inbox.hears("again")):
        assert did(inbox.conversation(message).contact_id) == two.kept


def test_an_id_that_was_merged_twice_leads_to_the_last(inbox: Inbox) -> None:
    two = Two(inbox)
    third = did(inbox.conversation(inbox.hears(sender="+14165550111", name="")).contact_id)
    two.merge()
    two.ask("/merge-contacts", contact_id=third, merged_contact_id=two.kept)
    for id in (two.kept, two.other, third):
        assert two.ask("/contact", contact_id=id)["id"] == third
    assert two.ask("/contact", contact_id=third)["first_name"] == "Grace"
    for wrong in (two.other, third):
        answer = inbox.ask(
            inbox.world.member, "/merge-contacts", **two.org, contact_id=third, merged_contact_id=wrong
        )
        assert answer.json() == {"code": 101, "message": "merged_contact_id: Must be another contact"}


def test_numbers_that_find_no_place_still_find_the_contact(inbox: Inbox) -> None:
    two, team = Two(inbox), inbox.world.team.id
    full = {"work_number": "+14165550121", "home_number": "+14165550122"}
    more = {"work_number": "+14165550131", "cell_number": "+14165550132"}
    with inbox.world.api.session() as session:
        rows = {did(row.id): row for row in session.exec(select(Contact))}
        for id, values in ((two.kept, full), (two.other, more)):
            for name, value in values.items():
                setattr(rows[id], name, value)
    numbers = two.merge()["numbers"]
    assert sorted(numbers) == sorted([GRACE, *full.values(), *more.values()])
    with inbox.world.api.session() as session:
        for number in numbers:
            person = person_by_number(session, team, number)
            assert person is not None
            assert did(person.id) == two.kept


def test_who_is_being_erased_is_not_merged(inbox: Inbox) -> None:
    two = Two(inbox)
    erased = {"organization_id": inbox.org, "contact_id": two.other}
    assert inbox.ask(inbox.world.admin, "/erase-contact", **erased).is_success
    for kept, other in ((two.kept, two.other), (two.other, two.kept)):
        body = {**two.org, "contact_id": kept, "merged_contact_id": other}
        answer = inbox.ask(inbox.world.member, "/merge-contacts", **body)
        assert (answer.status_code, answer.json()["code"]) == (409, 105)


def test_an_inbox_team_that_waits_for_the_merged_contact_waits_for_the_kept_one(inbox: Inbox) -> None:
    two, team = Two(inbox), inbox.world.team.id
    other = two.other.replace("-", "")
    group = InboxTeam(
        team_id=team, name="G", query={"contact_ids": [other], "channel_ids": [inbox.channel.id]}
    )
    inbox.world.api.add(group)
    inbox.world.api.add(InboxTeamChannel(channel_id=inbox.channel.id, inbox_team_id=group.id))
    two.merge()
    assert inbox.conversation(inbox.hears("again")).inbox_team_ids == [group.id]
