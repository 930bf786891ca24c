"""The section `teams` of the inbox's contract."""

from typing import Any

import pytest

from models import InboxContactTag, InboxTag
from switchroom.inbox import Source
from tests.support.api.documented import assert_documented
from tests.support.api.inbox import Inbox, did

pytestmark = pytest.mark.service


def team(inbox: Inbox, name: str = "Sales", members: tuple[Any, ...] = (), **query: Any) -> str:
    body = {
        "organization_id": inbox.org,
        "name": name,
        "query": {"channel_ids": [did(inbox.channel)], **query},
        "member_ids": [did(person.user) for person in members],
    }
    answer = inbox.ask(inbox.world.admin, "/create-team", **body)
    assert answer.status_code == 201, answer.text
    made: str = answer.json()["id"]
    return made


@pytest.mark.operation("inbox-create-team", "inbox-get-team", "inbox-list-teams")
def test_create_and_show_teams(inbox: Inbox) -> None:
    admin, member = inbox.world.admin, inbox.world.member
    contact = did(inbox.conversation(inbox.hears()).contact_id)
    tag = inbox.ask(member, "/create-tag", organization_id=inbox.org, name="Urgent", color="tag-red").json()[
        "id"
    ]
    query = {
        "contact_ids": [contact], "channel_ids": [did(inbox.channel)], "display_names": ["Kobi", "Thomas"],
        "min_unread_message_count": 1, "max_unread_message_count": 5, "state": "OPEN", "contact_tag_ids": [tag],
    }  # fmt: skip
    org = {"organization_id": inbox.org}
    new = {**org, "name": "TEAM NAME", "query": query, "member_ids": [did(member.user)]}
    made = inbox.drive(admin, "/create-team", 201, **new)["id"]
    assert inbox.ask(member, "/create-team", **new).json()["code"] == 103
    assert inbox.ask(admin, "/create-team", **new).json()["code"] == 305
    shown = inbox.drive(member, "/team", **org, team_id=made)
    people = [{"id": did(member.user), "first_name": "Jane", "last_name": "Doe"}]
    assert shown == {"id": made, "name": "TEAM NAME", "members": people, "query": query}
    assert_documented(
        inbox.drive(member, "/teams", **org), {"teams": [{"id": "", "name": "", "members": people}]}
    )
    assert inbox.ask(member, "/teams", **org).json()["teams"][0]["members"] == people


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({}, "query.channel_ids"),
        ({"channel_ids": []}, "query.channel_ids"),
        ({"channel_ids": ["0192f3c4-d5e6-7890-a1b2-c3d4e5f60718"]}, "query.channel_ids"),
        ({"contact_ids": ["0192f3c4-d5e6-7890-a1b2-c3d4e5f60718"]}, "query.contact_ids"),
        ({"contact_tag_ids": ["0192f3c4-d5e6-7890-a1b2-c3d4e5f60718"]}, "query.contact_tag_ids"),
        ({"state": "LOST"}, "query.state"),
        ({"min_unread_message_count": -1}, "query.min_unread_message_count"),
    ],
)
def test_a_wrong_filter_is_a_400_that_names_it(inbox: Inbox, query: Any, named: str) -> None:
    whole = query if "channel_ids" in query or not query else {"channel_ids": [did(inbox.channel)], **query}
    body = {"organization_id": inbox.org, "name": "Sales", "query": whole, "member_ids": []}
    answer = inbox.ask(inbox.world.admin, "/create-team", **body)
    assert (answer.status_code, answer.json()["code"]) == (400, 101)
    assert answer.json()["message"].startswith(f"{named}: "), answer.text


@pytest.mark.operation("inbox-update-team")
def test_update_team(inbox: Inbox) -> None:
    made, other = team(inbox), inbox.connected(Source.FACEBOOK, "page42")
    body = {
        "organization_id": inbox.org, "team_id": made, "name": "Support", "query": {"channel_ids": [did(other)]},
    }  # fmt: skip
    inbox.drive(inbox.world.admin, "/update-team", **body)
    assert inbox.ask(inbox.world.member, "/update-team", **body).json()["code"] == 103
    shown = inbox.ask(inbox.world.member, "/team", organization_id=inbox.org, team_id=made).json()
    assert (shown["name"], shown["query"]["channel_ids"]) == ("Support", [did(other)])
    assert inbox.conversation(inbox.hears()).inbox_team_ids == []
    there = inbox.hears(sender="psid", channel=other)
    assert inbox.conversation(there).inbox_team_ids == [made.replace("-", "")]


@pytest.mark.operation("inbox-add-users-to-team", "inbox-remove-users-from-team")
def test_users_join_and_leave_a_team(inbox: Inbox) -> None:
    admin, member = inbox.world.admin, inbox.world.member
    named = {"organization_id": inbox.org, "team_id": team(inbox)}

    def members() -> list[str]:
        shown = inbox.ask(member, "/team", **named).json()
        return [one["id"] for one in shown["members"]]

    both = [did(member.user), did(admin.user)]
    for _ in range(2):
        assert inbox.drive(admin, "/add-users-to-team", **named, user_ids=both) == {}
    assert sorted(members()) == sorted(both)
    stranger = inbox.ask(admin, "/add-users-to-team", **named, user_ids=[did(inbox.world.stranger.user)])
    assert (stranger.status_code, stranger.json()["code"]) == (400, 101)
    assert inbox.drive(admin, "/remove-users-from-team", **named, user_ids=[did(member.user)]) == {}
    assert members() == [did(admin.user)]
    assert inbox.ask(member, "/add-users-to-team", **named, user_ids=both).json()["code"] == 103


@pytest.mark.operation("inbox-delete-team")
def test_delete_team(inbox: Inbox) -> None:
    named = {"organization_id": inbox.org, "team_id": team(inbox)}
    assert inbox.ask(inbox.world.member, "/delete-team", **named).json()["code"] == 103
    assert inbox.drive(inbox.world.admin, "/delete-team", 202, **named) == {}
    assert inbox.ask(inbox.world.member, "/team", **named).json()["code"] == 207


def test_a_new_message_finds_the_teams_whose_filter_it_meets(inbox: Inbox) -> None:
    member = inbox.world.member
    message = inbox.hears("first")
    contact = inbox.conversation(message).contact_id
    tag = InboxTag(team_id=inbox.world.team.id, name="Urgent", color="tag-red")
    inbox.world.api.add(tag)
    teams = {
        "all": team(inbox, "all"),
        "closed": team(inbox, "closed", state="CLOSED"),
        "grace": team(inbox, "grace", display_names=["Grace Hopper"]),
        "named": team(inbox, "named", contact_ids=[did(contact)]),
        "tagged": team(inbox, "tagged", contact_tag_ids=[did(tag)]),
        "many": team(inbox, "many", (member,), min_unread_message_count=3),
        "few": team(inbox, "few", (member,), max_unread_message_count=1),
    }

    def found(**sent: Any) -> set[str]:
        ids = inbox.conversation(inbox.hears("next", **sent)).inbox_team_ids
        return {name for name, id in teams.items() if id.replace("-", "") in ids}

    assert found() == {"all", "grace", "named"}
    assert found() == {"all", "grace", "named", "many"}
    inbox.world.api.add(InboxContactTag(contact_id=contact, tag_id=tag.id))
    body = {"conversation_id": did(message.conversation_id)}
    assert inbox.ask(member, "/mark-conversation-as-read", **body).is_success
    assert found() == {"all", "grace", "named", "tagged", "few"}
    assert found(sender="+14165550198", name="Ada") == {"all", "few"}
    shown = inbox.ask(member, "/conversation", **body).json()
    assert sorted(shown["team_ids"]) == sorted(
        teams[name] for name in ("all", "grace", "named", "tagged", "few")
    )
