"""No query per row: each list takes as many statements for 30 objects as for three."""

from typing import Any

import pytest

from api.inbox.conversations import views
from models import (
    Contact,
    InboxContactTag,
    InboxDelivery,
    InboxTag,
    InboxTeam,
    InboxTeamChannel,
    InboxTeamMember,
    InboxTemplate,
)
from switchroom.database import make_engine
from switchroom.inbox import Source
from tests.api.core.test_one_hop import Counted, counted
from tests.support.api.inbox import Inbox, did

__all__ = ["counted"]
pytestmark = pytest.mark.service

FEW, MANY = 3, 30


class Grown:
    """An inbox that grows: people who write once, and one of whom writes each time."""

    def __init__(self, inbox: Inbox) -> None:
        self.inbox, self.made = inbox, 0
        self.tag = InboxTag(team_id=inbox.world.team.id, name="tag", color="tag-red")
        inbox.world.api.add(self.tag)
        self.talk = did(inbox.hears("first", sender="+14165559999").conversation_id)

    def to(self, size: int) -> None:
        inbox, team = self.inbox, self.inbox.world.team.id
        while self.made < size:
            self.made += 1
            number = self.made
            message = inbox.hears(sender=f"+1416555{number:04}", name=f"Grace {number}")
            inbox.hears("more", sender="+14165559999")
            contact = inbox.conversation(message).contact_id
            with inbox.world.api.session() as session:
                session.get_one(Contact, contact).attributes = {"vip": "yes"}
            group = InboxTeam(team_id=team, name=f"team {number}", query={})
            channel = inbox.connected(Source.FACEBOOK, f"page-{number}")
            inbox.world.api.add(
                InboxContactTag(contact_id=contact, tag_id=self.tag.id),
                InboxTag(team_id=team, name=f"tag {number}", color="tag-red"),
                group,
                InboxTeamMember(inbox_team_id=group.id, user_id=inbox.world.member.user.id),
                InboxTeamChannel(inbox_team_id=group.id, channel_id=channel.id),
                InboxTemplate(team_id=team, source="FACEBOOK", name=f"name {number}", text="text"),
                InboxDelivery(
                    team_id=team,
                    conversation_id=message.conversation_id,
                    event="message.created",
                    state="dead",
                ),
            )

    def lists(self) -> list[tuple[str, dict[str, Any], str]]:
        """Return path, body and where the objects of the answer are."""
        org, page = {"organization_id": self.inbox.org}, {"page_size": 100}
        everything = {
            "contact_tags": ["tag"],
            "display_names": [f"Grace {number}" for number in range(1, MANY + 1)],
            "channel_ids": [did(self.inbox.channel)],
            "min_unread_message_count": 1,
            "state": "OPEN",
        }
        return [
            ("/conversations", {**org, **page}, "data"),
            ("/conversations", {**org, **page, "filter": everything}, "data"),
            ("/messages", {"conversation_id": self.talk, **page}, "data"),
            ("/contacts", {**org, **page}, "data"),
            (
                "/contacts",
                {**org, **page, "filter": {"info_values": [{"key": "vip", "value": "yes"}]}},
                "data",
            ),
            ("/organization-tags", org, "tags"),
            ("/connected-channels", org, "channels"),
            ("/all-channels", org, "channels"),
            ("/teams", org, "teams"),
            ("/templates", org, "templates"),
            ("/webhook-deliveries", {**org, **page}, "data"),
        ]


@pytest.mark.timeout(300)
def test_thirty_objects_take_as_many_statements_as_three(any_world: Any, counted: Counted) -> None:
    inbox = Inbox(any_world)
    grown = Grown(inbox)

    def ask() -> list[tuple[int, list[str]]]:
        found = []
        for path, body, place in grown.lists():
            # The first request of a caller also asks who they are.
            assert inbox.world.call(inbox.world.admin, "GET", "/user/me").is_success
            counted.clear()
            answer = inbox.ask(inbox.world.admin, path, **body)
            assert answer.status_code == 200, answer.text
            assert counted.jobs == ["reads"]
            found.append((len(answer.json()[place]), sorted(counted.tables)))
        return found

    grown.to(FEW)
    few = ask()
    grown.to(MANY)
    many = ask()
    for (path, _, _), (before, small), (after, large) in zip(grown.lists(), few, many, strict=True):
        assert after >= before + MANY - FEW, path
        assert small == large, path
        assert len(small) <= 8, path


def test_a_page_of_conversations_reads_no_others_on_sqlite(sqlite_url: str) -> None:
    """With a condition on the team, SQLite read all the team's conversations for each page."""
    engine = make_engine(sqlite_url)
    sql = str(views._ALL._prepared.statement.compile(dialect=engine.dialect))
    with engine.connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", ("x",) * sql.count("?")).all()
    engine.dispose()
    assert plan[0][-1] == "SEARCH conversations USING INDEX sqlite_autoindex_conversations_1 (id=?)"
