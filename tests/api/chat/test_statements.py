"""How many statements the operations that clients call most often send to the database."""

import pytest

from tests.api.chat.group import Group
from tests.api.core.test_one_hop import Counted, counted
from tests.support.api.client import Person
from tests.support.api.world import World

__all__ = ["counted"]

pytestmark = pytest.mark.service


def warm(world: World, counted: Counted, person: Person | None = None) -> None:
    """Ask who the caller is: only the first request of a session does."""
    assert world.call(person or world.admin, "GET", "/user/me").status_code == 200
    counted.clear()


def test_the_list_of_messages_is_two_statements(any_world: World, group: Group, counted: Counted) -> None:
    for number in range(3):
        group.send(f"message {number}")
    warm(any_world, counted)
    listed = any_world.call(any_world.admin, "GET", f"{group.path}/messages")
    assert len(listed.json()) == 3
    assert counted.tables == ["SELECT chats", "SELECT messages"]
    counted.clear()
    any_world.call(any_world.admin, "GET", f"{group.path}/messages", params={"populate": "from"})
    assert counted.tables == ["SELECT chats", "SELECT messages", "SELECT team_users"]


def test_the_list_of_chats_is_one_statement(any_world: World, counted: Counted) -> None:
    for _ in range(3):
        Group.make(any_world).send("hey")
    warm(any_world, counted)
    assert len(any_world.call(any_world.admin, "GET", "/chat").json()) == 3
    assert counted.tables == ["SELECT chats"]
    counted.clear()
    any_world.call(any_world.admin, "GET", "/chat", params={"populate": "users,owner"})
    assert counted.tables == ["SELECT chats", "SELECT team_users", "SELECT team_users"]


def test_a_message_is_sent_with_five_statements(any_world: World, group: Group, counted: Counted) -> None:
    warm(any_world, counted)
    group.send("hey")
    assert counted.jobs == ["writes"]
    assert counted.tables == [
        "SELECT chats",
        "UPDATE chats",
        "INSERT INTO messages",
        "UPDATE chat_users",
        "INSERT INTO outbox",
    ]


def test_unread_messages_are_listed_with_a_constant_number(any_world: World, counted: Counted) -> None:
    for _ in range(3):
        Group.make(any_world).send("hey")
    warm(any_world, counted, any_world.member)
    found = any_world.call(
        any_world.member, "GET", "/chat/messages/unread", params={"populate": "chat,chatusers,from"}
    )
    assert len(found.json()) == 3
    assert counted.tables == ["SELECT messages", "SELECT team_users", "SELECT chats", "SELECT team_users"]
