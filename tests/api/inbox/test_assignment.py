"""Who looks after a conversation, and when it comes back to attention."""

from datetime import timedelta
from typing import Any

import pytest

from models import ConversationState, Role, utcnow
from models.shown import show_time
from tests.support.api.inbox import Inbox, did

pytestmark = pytest.mark.service


def found(inbox: Inbox, **sought: Any) -> list[str]:
    page = inbox.ask(inbox.world.member, "/conversations", organization_id=inbox.org, filter=sought).json()
    return [one["id"] for one in page["data"]]


def shown(inbox: Inbox, id: str) -> Any:
    return inbox.ask(inbox.world.member, "/conversation", conversation_id=id).json()


def test_a_conversation_is_assigned_found_and_given_back(inbox: Inbox) -> None:
    world = inbox.world
    mine = did(inbox.hears().conversation_id)
    other = did(inbox.hears(sender="+14165550198").conversation_id)
    assert shown(inbox, mine)["assignee"] is None
    body: dict[str, Any] = {"conversation_id": mine, "user_id": did(world.admin.user.id)}
    assert inbox.drive(world.member, "/assign-conversation", **body) == {}
    assert shown(inbox, mine)["assignee"]["id"] == did(world.admin.user.id)
    assert found(inbox, assignee_ids=[did(world.admin.user.id)]) == [mine]
    assert found(inbox, is_assigned=False) == [other]
    assert found(inbox, is_assigned=True) == [mine]
    (event,) = inbox.events("inbox_conversation")
    assert event["data"]["assignee_id"] == did(world.admin.user.id)
    assert inbox.ask(world.member, "/assign-conversation", conversation_id=mine, user_id=None).is_success
    assert shown(inbox, mine)["assignee"] is None


def test_only_members_look_after_conversations(inbox: Inbox) -> None:
    world, mine = inbox.world, did(inbox.hears().conversation_id)
    guest = world.api.person(world.team, Role.GUEST)
    for nobody in (guest, world.stranger):
        body = {"conversation_id": mine, "user_id": did(nobody.user.id)}
        answer = inbox.ask(world.member, "/assign-conversation", **body)
        assert answer.json()["code"] == 101
        assert answer.json()["message"].startswith("user_id: ")
    assert inbox.ask(world.member, "/assign-conversation", conversation_id=mine).json() == {
        "code": 101,
        "message": "user_id: Required",
    }


def test_a_snoozed_conversation_is_told_apart_and_woken_by_the_contact(inbox: Inbox) -> None:
    world, message = inbox.world, inbox.hears()
    mine, until = did(message.conversation_id), utcnow() + timedelta(hours=1)
    body: dict[str, Any] = {"conversation_id": mine, "until": until.isoformat()}
    assert inbox.drive(world.member, "/snooze-conversation", **body) == {}
    assert shown(inbox, mine)["snoozed_until"] == show_time(until)
    assert (found(inbox, is_snoozed=True), found(inbox, is_snoozed=False)) == ([mine], [])
    inbox.hears("Hello?")
    assert shown(inbox, mine)["snoozed_until"] is None
    past = {**body, "until": show_time(utcnow() - timedelta(seconds=1))}
    answer = inbox.ask(world.member, "/snooze-conversation", **past).json()
    assert answer == {"code": 101, "message": "until: Must be a time to come"}


def test_a_member_ends_a_snooze_and_closing_ends_it_too(inbox: Inbox) -> None:
    member, message = inbox.world.member, inbox.hears()
    body = {"conversation_id": did(message.conversation_id)}
    later = {**body, "until": show_time(utcnow() + timedelta(days=1))}
    assert inbox.ask(member, "/snooze-conversation", **later).is_success
    assert inbox.ask(member, "/snooze-conversation", **body, until=None).is_success
    woken = [event for event in inbox.events("inbox_conversation") if event["verb"] == "woken"]
    assert len(woken) == 1
    assert inbox.ask(member, "/snooze-conversation", **later).is_success
    assert inbox.ask(member, "/change-conversation-state", **body, state="CLOSED").is_success
    row = inbox.conversation(message)
    assert (row.snoozed_until, row.state) == (None, ConversationState.CLOSED.value)
