"""The section `conversations` of the inbox's contract."""

from typing import Any

import pytest

from models import Contact, InboxContactTag, InboxTag
from switchroom.inbox import Source
from tests.support.api.documented import assert_documented
from tests.support.api.inbox import Inbox, did

pytestmark = pytest.mark.service

MESSAGE: dict[str, Any] = {
    "id": "a688d36c-a85e-44af-bc02-4248c2c97622", "text": "text", "metadata": "metadata", "attachments": [],
    "offset": 1, "alignment": "LEFT", "sent_at": "2019-01-07T09:01:44.000Z",
    "sender": {"avatar_url": "text", "first_name": "Grace", "last_name": "Hopper", "id": "uuid", "tags": []},
    "preview": {"display_text": "text", "content_type": "text/plain"},
}  # fmt: skip
CONVERSATION: dict[str, Any] = {
    "id": "a688d36c-a85e-44af-bc02-4248c2c97622",
    "state": "OPEN",
    "channel": {"name": "FACEBOOK", "id": "318efa04-7cc1-4200-988e-50699d0dd6e3"},
    "created_at": "2019-01-07T09:01:44.000Z",
    "contact": {
        "avatar_url": "https://assets.airy.co/AirySupportIcon.jpg", "first_name": "Airy Support", "last_name": None,
        "id": "36d07b7b-e242-4612-a82c-76832cfd1026", "tags": None,
    },
    "last_message": {
        "display_text": "Welcome", "media_type": "text/fb-template", "id": "1e7674d7", "sent_at": "2019-01-07",
    },
    "message": MESSAGE,
    "unread_message_count": 1,
    "min_unread_message_count": 1,
}  # fmt: skip
METADATA = {"previous_cursor": "", "next_cursor": "", "filtered_total": 1, "total": 1}


def ids(page: Any) -> list[str]:
    return [one["id"] for one in page["data"]]


@pytest.mark.operation("inbox-list-conversations")
def test_list_conversations(inbox: Inbox) -> None:
    older = inbox.hears("First")
    newer = inbox.hears("The answer is 42", sender="+14165550198", name="Ada")
    page = inbox.drive(inbox.world.member, "/conversations", organization_id=inbox.org)
    assert ids(page) == [did(newer.conversation_id), did(older.conversation_id)]
    for one in page["data"]:
        assert_documented(one, CONVERSATION)
    assert page["response_metadata"] == {**METADATA, "filtered_total": 2, "total": 2, "badge_unread_count": 2}
    shown = page["data"][0]
    assert shown["channel"] == {"id": did(inbox.channel), "name": "SMS_TWILIO"}
    assert (shown["contact"]["first_name"], shown["contact"]["last_name"]) == ("Ada", None)
    assert shown["last_message"]["display_text"] == "The answer is 42"
    assert shown["message"]["alignment"] == "LEFT"


@pytest.mark.operation("inbox-list-conversations")
def test_pages_lead_on_and_back_while_messages_arrive(inbox: Inbox) -> None:
    made = [inbox.hears(sender=f"+1416555{n:04}") for n in range(5)]
    newest_first = [did(message.conversation_id) for message in reversed(made)]
    asked = {"organization_id": inbox.org, "page_size": 2}
    member = inbox.world.member
    first = inbox.ask(member, "/conversations", **asked).json()
    assert ids(first) == newest_first[:2]
    assert first["response_metadata"]["previous_cursor"] == ""
    inbox.hears(sender="+14165559999")
    second = inbox.ask(
        member, "/conversations", **asked, cursor=first["response_metadata"]["next_cursor"]
    ).json()
    assert ids(second) == newest_first[2:4]
    back = inbox.ask(
        member, "/conversations", **asked, cursor=second["response_metadata"]["previous_cursor"]
    ).json()
    assert ids(back) == newest_first[:2]
    assert back["response_metadata"]["previous_cursor"], "a new conversation came before it"
    last = inbox.ask(
        member, "/conversations", **asked, cursor=second["response_metadata"]["next_cursor"]
    ).json()
    assert ids(last) == newest_first[4:]
    assert last["response_metadata"]["next_cursor"] == ""


@pytest.mark.parametrize("cursor", ["x", "n", "n.zz.yy", "n.1", "p.1.2.3", "n." + "f" * 32 + ".0", "é"])
def test_a_wrong_cursor_is_a_400_that_names_it(inbox: Inbox, cursor: str) -> None:
    answer = inbox.ask(inbox.world.member, "/conversations", organization_id=inbox.org, cursor=cursor)
    assert (answer.status_code, answer.json()["code"]) == (400, 101)
    assert answer.json()["message"].startswith("cursor: ")


@pytest.mark.operation("inbox-list-conversations")
def test_every_filter_finds_what_meets_all_of_it(inbox: Inbox) -> None:
    page = inbox.connected(Source.FACEBOOK, "page42")
    grace = inbox.conversation(inbox.hears("one"))
    inbox.hears("two")
    ada = inbox.conversation(inbox.hears(sender="psid-1", name="Ada Lovelace", channel=page))
    tag = InboxTag(team_id=inbox.world.team.id, name="Urgent", color="tag-red")
    inbox.world.api.add(tag, InboxContactTag(contact_id=ada.contact_id, tag_id=tag.id))
    assert inbox.ask(
        inbox.world.member, "/change-conversation-state", conversation_id=did(ada), state="DONE"
    ).is_success

    def found(**filter: Any) -> set[str]:
        answer = inbox.ask(inbox.world.member, "/conversations", organization_id=inbox.org, filter=filter)
        assert answer.status_code == 200, answer.text
        told = answer.json()
        assert told["response_metadata"]["filtered_total"] == len(told["data"])
        assert told["response_metadata"]["total"] == 2
        names = {did(grace): "grace", did(ada): "ada"}
        return {names[one["id"]] for one in told["data"]}

    everybody = {"grace", "ada"}
    assert found() == everybody
    assert found(contact_id=did(grace.contact_id)) == {"grace"}
    assert found(contact_ids=[did(grace.contact_id), did(ada.contact_id)]) == everybody
    assert found(contact_ids=[]) == everybody
    assert found(fb_page_ids=["page42"]) == {"ada"}
    assert found(fb_page_ids=["page43"]) == set()
    assert found(channel_ids=[did(inbox.channel)]) == {"grace"}
    assert found(contact_tags=[did(tag)]) == found(contact_tags=["Urgent"]) == {"ada"}
    assert found(contact_tags=["Other"]) == set()
    assert found(display_name="Grace Hopper") == {"grace"}
    assert found(display_names=["Grace Hopper", "Ada Lovelace"]) == everybody
    assert found(display_names=["Grace"]) == set()
    assert found(state="OPEN") == {"grace"}
    assert found(state="CLOSED") == found(state="DONE") == {"ada"}
    assert found(min_unread_message_count=2) == {"grace"}
    assert found(max_unread_message_count=1) == {"ada"}
    assert found(min_unread_message_count=1, max_unread_message_count=2) == everybody
    assert found(state="OPEN", display_name="Ada Lovelace") == set()


@pytest.mark.parametrize(
    ("path", "body", "named"),
    [
        ("/conversations", {"filter": {"assignee_id": None}}, "filter.assignee_id"),
        ("/contacts", {"filter": {"infos": []}}, "filter.infos"),
        (
            "/create-team",
            {"name": "T", "member_ids": [], "query": {"channel_ids": ["0" * 32], "tags": []}},
            "query.tags",
        ),
    ],
)
def test_a_filter_that_does_not_exist_is_refused(
    inbox: Inbox, path: str, body: dict[str, Any], named: str
) -> None:
    """Without it, the answer would have too many rows."""
    answer = inbox.ask(inbox.world.admin, path, organization_id=inbox.org, **body)
    assert (answer.status_code, answer.json()) == (
        400,
        {"code": 101, "message": f"{named}: There is no such field"},
    )


@pytest.mark.operation("inbox-get-conversation")
def test_get_conversation(inbox: Inbox) -> None:
    message = inbox.hears()
    shown = inbox.drive(inbox.world.member, "/conversation", conversation_id=did(message.conversation_id))
    assert_documented(shown, CONVERSATION)
    assert shown["message"]["id"] == did(message)


@pytest.mark.operation("inbox-change-conversation-state")
def test_a_new_message_opens_a_closed_conversation(inbox: Inbox) -> None:
    conversation = did(inbox.hears().conversation_id)
    body = {"conversation_id": conversation, "state": "CLOSED"}
    assert inbox.drive(inbox.world.member, "/change-conversation-state", **body) == {}
    show = {"conversation_id": conversation}
    assert inbox.ask(inbox.world.member, "/conversation", **show).json()["state"] == "CLOSED"
    inbox.hears("Again")
    assert inbox.ask(inbox.world.member, "/conversation", **show).json()["state"] == "OPEN"
    wrong = inbox.ask(inbox.world.member, "/change-conversation-state", **{**body, "state": "SLEEPING"})
    assert wrong.json() == {"code": 101, "message": "state: One of OPEN, CLOSED, DONE"}


@pytest.mark.operation("inbox-mark-all-done")
def test_mark_all_conversations_as_done(inbox: Inbox) -> None:
    for sender in ("+14165550199", "+14165550198"):
        inbox.hears(sender=sender)
    body = {"organization_id": inbox.org}
    assert inbox.drive(inbox.world.member, "/mark-all-conversations-as-done", **body) == {}
    page = inbox.ask(inbox.world.member, "/conversations", **body, filter={"state": "CLOSED"}).json()
    assert len(page["data"]) == 2


@pytest.mark.operation("inbox-is-conversation-blocked")
def test_a_conversation_is_blocked_after_seven_days(inbox: Inbox) -> None:
    conversation = inbox.hears().conversation_id
    body = {"conversation_id": did(conversation)}
    assert inbox.drive(inbox.world.member, "/is-conversation-blocked", **body) == {"blocked": False}
    inbox.is_old(conversation)
    assert inbox.ask(inbox.world.member, "/is-conversation-blocked", **body).json() == {"blocked": True}
    sent = inbox.ask(inbox.world.member, "/send-message", **body, message={"text": "Hello?"})
    assert (sent.status_code, sent.json()["code"]) == (409, 301)
    inbox.hears("Here I am")
    assert inbox.ask(inbox.world.member, "/is-conversation-blocked", **body).json() == {"blocked": False}


@pytest.mark.operation("inbox-mark-all-read")
def test_what_is_read_is_each_members_own(inbox: Inbox) -> None:
    conversation = did(inbox.hears().conversation_id)
    inbox.hears(sender="+14165550198")
    body = {"organization_id": inbox.org}

    def unread(person: Any) -> tuple[int, list[int]]:
        page = inbox.ask(person, "/conversations", **body).json()
        counts = [one["unread_message_count"] for one in page["data"]]
        return page["response_metadata"]["badge_unread_count"], counts

    member, admin = inbox.world.member, inbox.world.admin
    assert unread(member) == unread(admin) == (2, [1, 1])
    assert inbox.drive(member, "/mark-all-conversations-as-read", **body) == {}
    assert (unread(member), unread(admin)) == ((0, [0, 0]), (2, [1, 1]))
    inbox.hears("More")
    assert unread(member) == (1, [1, 0])
    assert inbox.drive(member, "/mark-conversation-as-read", conversation_id=conversation) == {}
    assert unread(member) == (0, [0, 0])
    inbox.hears("And more")
    assert inbox.ask(member, "/mark-all-conversations-as-read", **body).is_success
    assert unread(member) == (0, [0, 0])


@pytest.mark.operation("inbox-conversation-stats")
def test_conversation_stats(inbox: Inbox) -> None:
    other = inbox.connected(Source.FACEBOOK, "page42")
    days = {"+14165550001": "2020-09-17", "+14165550002": "2020-09-22", "+14165550003": "2020-09-22"}
    for sender, day in days.items():
        made = inbox.conversation(inbox.hears(sender=sender))
        made.created_day = day
        inbox.world.api.add(made)
    made = inbox.conversation(inbox.hears(sender="psid", channel=other))
    made.created_day = "2020-09-23"
    inbox.world.api.add(made)
    one, two = did(inbox.channel), did(other)
    assert inbox.drive(inbox.world.member, "/conversation-stats", organization_id=inbox.org) == {
        "totals_by_day": [
            {"date": "2020-09-17", "value": "1"},
            {"date": "2020-09-22", "value": "2"},
            {"date": "2020-09-23", "value": "1"},
        ],
        "totals_by_channel": [
            {"date": "2020-09-17", one: "1", two: "0"},
            {"date": "2020-09-22", one: "2", two: "0"},
            {"date": "2020-09-23", one: "0", two: "1"},
        ],
        "totals_by_cumulative_channel": [
            {"date": "2020-09-17", one: "1", two: "0"},
            {"date": "2020-09-22", one: "3", two: "0"},
            {"date": "2020-09-23", one: "3", two: "1"},
        ],
    }


def test_a_conversation_begins_on_the_organizations_day(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datetime import UTC, datetime

    from models import Team, inbox_message

    with inbox.world.api.session() as session:
        session.get_one(Team, inbox.world.team.id).timezone = "America/Toronto"
    monkeypatch.setattr(inbox_message, "utcnow", lambda: datetime(2026, 3, 3, 2, 30, tzinfo=UTC))
    assert inbox.conversation(inbox.hears()).created_day == "2026-03-02"


def test_a_contact_with_conversations_is_not_deleted_or_given_away(inbox: Inbox) -> None:
    contact = inbox.world.api.get(Contact, inbox.conversation(inbox.hears()).contact_id)
    answer = inbox.world.call(inbox.world.admin, "DELETE", f"/contact/{contact.id}")
    assert (answer.status_code, answer.json()["errorType"]) == (409, "conflict")
