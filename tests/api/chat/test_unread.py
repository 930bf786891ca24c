"""What a member has not read."""

import pytest
from sqlmodel import Session, func, select

from models import ChatUser, TeamUser, User
from tests.api.chat.group import Group

pytestmark = pytest.mark.service


def test_messages_are_unread_until_they_are_seen(group: Group) -> None:
    admin, member = group.world.admin, group.world.member
    group.send("one")
    group.send("two")
    assert (group.unread(admin), group.unread(member)) == (0, 2)
    group.world.call(member, "POST", f"{group.path}/seen")
    assert group.unread(member) == 0
    group.send("three")
    assert group.unread(member) == 1
    # Whoever writes has read what stands before.
    group.send("four", member)
    assert (group.unread(admin), group.unread(member)) == (1, 0)


def test_a_deleted_message_is_not_unread(group: Group) -> None:
    admin, member = group.world.admin, group.world.member
    read = group.send("read")
    group.world.call(member, "POST", f"{group.path}/seen")
    first, second = group.send("first"), group.send("second")
    assert group.unread(member) == 2
    for deleted in (first, read):
        group.world.call(admin, "DELETE", f"{group.path}/messages/{deleted['id']}")
        assert group.unread(member) == 1
    third = group.send("third")
    assert group.unread(member) == 2
    unread = group.world.call(member, "GET", "/chat/messages/unread").json()
    assert [message["id"] for message in unread] == [third["id"], second["id"]]


def test_last_seen_says_what_is_read(group: Group) -> None:
    member = group.world.member
    deleted = group.send("deleted")
    for body in ("one", "two"):
        group.send(body)
    group.world.call(group.world.admin, "DELETE", f"{group.path}/messages/{deleted['id']}")
    path = f"{group.path}/users/{member.id}"
    for last_seen, unread in (("2018-05-02T16:33:15Z", 2), ("2099-05-02T16:33:15Z", 0)):
        answer = group.world.call(member, "PATCH", path, json={"last_seen": last_seen})
        assert answer.json()["unread"] == unread == group.unread(member)


def test_a_message_is_read_at_the_time_that_is_shown_of_it(group: Group) -> None:
    """Times are stored in microseconds, and shown in milliseconds."""
    member = group.world.member
    body = {"last_seen": group.send("Hello")["created_at"]}
    answer = group.world.call(member, "PATCH", f"{group.path}/users/{member.id}", json=body)
    assert answer.json()["unread"] == 0


def test_who_joins_need_not_read_what_was_written_before(group: Group) -> None:
    group.send("before")
    colleague = group.world.api.person(group.world.team)
    group.world.call(group.world.admin, "POST", f"{group.path}/users", json={"user": colleague.id})
    assert group.unread(colleague) == 0
    assert len(group.world.call(colleague, "GET", f"{group.path}/messages").json()) == 1


def test_a_message_to_a_thousand_members_writes_one_row_of_theirs(group: Group) -> None:
    api, team = group.world.api, group.world.team
    users = [User(email=f"user{number}@example.com") for number in range(1000)]
    with api.session() as session:
        session.add_all(users)
        session.flush()
        session.add_all(TeamUser(team_id=team.id, user_id=user.id) for user in users)
        session.add_all(ChatUser(chat_id=group.id[1:], user_id=user.id) for user in users)
    group.send("to all")
    with Session(api.context.engine) as session:
        changed = session.exec(
            select(func.count()).select_from(ChatUser).where(ChatUser.seen_number == 1)
        ).one()
    assert changed == 1
    assert group.unread(group.world.member) == 1
