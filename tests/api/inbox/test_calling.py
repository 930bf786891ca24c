"""A caller's number finds the contact, and a contact is called back."""

from typing import Any

import pytest
from sqlmodel import select

from models import Contact, DecidedBy, DidNumber, InboxIdentity, OutboundLimits, Team, sip_username
from pbx.configuration.loader import Database
from switchroom.inbox import Source
from tests.support.api.inbox import GRACE, Inbox, did

pytestmark = pytest.mark.service


@pytest.mark.parametrize("written", [GRACE, "416 555 0199", "(416) 555-0199", "1-416-555-0199"])
def test_a_number_finds_the_contact_however_it_is_written(inbox: Inbox, written: str) -> None:
    contact = did(inbox.conversation(inbox.hears()).contact_id)
    with inbox.world.api.session() as session:
        session.get_one(Team, inbox.world.team.id).country = "Canada"
    found = inbox.drive(inbox.world.member, "/find-contact", organization_id=inbox.org, number=written)
    assert (found["id"], found["numbers"]) == (contact, [GRACE])


def test_an_unknown_number_is_a_404_and_no_number_a_400(inbox: Inbox) -> None:
    org = {"organization_id": inbox.org}
    assert inbox.ask(inbox.world.member, "/find-contact", **org, number="+14165550000").json()["code"] == 203
    wrong = inbox.ask(inbox.world.member, "/find-contact", **org, number="hello").json()
    assert (wrong["code"], wrong["message"][:8]) == (101, "number: ")


def test_a_route_finds_who_wrote_from_a_number_that_stands_in_no_field(inbox: Inbox) -> None:
    contact = inbox.conversation(inbox.hears()).contact_id
    number = "+14165550133"
    with inbox.world.api.session() as session:
        session.add(
            InboxIdentity(team_id=inbox.world.team.id, contact_id=contact, realm="phone", external_id=number)
        )
    context = inbox.world.api.context
    found = Database(context.engine, context.settings).find_contact(inbox.world.team.id, number)
    assert found is not None
    assert (found["id"], found["first_name"]) == (contact, "Grace")


class Desk:
    """A member with a telephone, in a team of Canada that may call nobody yet."""

    def __init__(self, inbox: Inbox) -> None:
        self.inbox, self.member = inbox, inbox.world.member
        self.conversation = inbox.hears().conversation_id
        world = inbox.world
        world.team.country = "Canada"
        assert self.member.member
        self.member.member.extension = "7001"
        self.member.member.sip_username = sip_username("7001", world.team.id)
        world.api.add(world.team, self.member.member, DidNumber(team_id=world.team.id, e164="+14165550100"))

    def call(self, **more: Any) -> Any:
        body = {"conversation_id": did(self.conversation), **more}
        return self.inbox.ask(self.member, "/call-contact", **body)

    def allow(self) -> None:
        said: dict[str, Any] = {"open": True, "countries": ["own"], "classes": ["fixed", "mobile"]}
        team = self.inbox.world.team.id
        self.inbox.world.api.add(OutboundLimits(team_id=team, decided_by=DecidedBy.OPERATOR.value, **said))


def test_calls_to_the_telephone_network_are_denied_until_allowed(inbox: Inbox) -> None:
    desk = Desk(inbox)
    denied = desk.call().json()
    assert denied["code"] == 105
    assert denied["message"].endswith("(closed)")
    assert inbox.world.engine.commands() == []
    desk.allow()
    body: dict[str, Any] = {"conversation_id": did(desk.conversation), "number": "416-555-0199"}
    made = inbox.drive(desk.member, "/call-contact", 202, **body)
    (command,) = inbox.world.engine.commands()
    assert (did(command["call"]), command["number"]) == (made["call_id"], GRACE)


def test_only_the_contacts_own_numbers_are_called(inbox: Inbox) -> None:
    desk = Desk(inbox)
    desk.allow()
    for wrong in ("+14165550000", "hello"):
        answer = desk.call(number=wrong).json()
        assert (answer["code"], answer["message"][:8]) == (101, "number: ")
    page = inbox.connected(Source.FACEBOOK, "page")
    desk.conversation = inbox.hears(sender="psid", name="Ada", channel=page).conversation_id
    assert desk.call().json()["code"] == 307
    with inbox.world.api.session() as session:
        contact = session.exec(select(Contact).where(Contact.first_name == "Ada")).one()
        contact.work_number = GRACE
    assert desk.call().status_code == 202
