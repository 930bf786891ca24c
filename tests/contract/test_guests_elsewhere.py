"""A guest who is in a chat of the team tries every operation with the ids of what is not in their chat.

`test_strangers` tries a guest who is in no chat. This one is let in by more operations, and sees some people of the
team. They must see nothing of its other chats, and change nothing in them.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from api.conventions.openapi import BEARER
from models import Chat, ChatUser, Role
from switchroom.ids import public_id
from tests.contract.document import OPERATIONS, Operation
from tests.contract.team import MARK, REFUSED, Team
from tests.contract.test_strangers import GUESTS_TOO, LEAST, Database, Least, named
from tests.support.api.client import Person

pytestmark = pytest.mark.service

SIGNED_IN = [operation for operation in OPERATIONS if BEARER in operation.schemes()]
IN_A_CHAT = [
    operation
    for operation in SIGNED_IN
    if "{chat_id}" in operation.route.path
    and operation.route.path.count("{") > 1
    and "{search_term}" not in operation.route.path
]
"""Operations that name a chat and something in it."""


@dataclass(frozen=True)
class Guest:
    """The guest, their chat, and the (bare) ids of what they may see."""

    person: Person
    chat: str
    known: frozenset[str]


@pytest.fixture(scope="module")
def guest(shared_team: Team) -> Guest:
    api, team = shared_team.world.api, shared_team.world.team
    host, person = api.person(team), api.person(team, Role.GUEST)
    chat = Chat(
        team_id=team.id, owner_id=host.user.id, type="room", name="Lobby", room_number=23456, conf_pin=65432,
        locked=False,
    )  # fmt: skip
    api.add(chat, *(ChatUser(chat_id=chat.id, user_id=one.user.id) for one in (host, person)))
    people = {one.user.id for one in (host, person)} | {one.member.id for one in (host, person) if one.member}
    return Guest(person, public_id(chat.id), frozenset({*people, chat.id, team.id}))


def wrongs(team: Team, operation: Operation, guest: Guest, path: str, may: set[int]) -> Iterator[str]:
    """Call the operation with its own parameters and with those that name the team's objects. Yield what is wrong."""
    database = Database(team)
    theirs = database.ids - guest.known
    naming = named(team, operation)
    for query in ({}, naming) if naming else ({},):
        body, before = team.least(operation), database.rows(theirs)
        answer = team.world.api.client.request(
            operation.method,
            path,
            headers=guest.person.headers,
            params={**team.query(operation), **query},
            follow_redirects=False,
            **({} if body is None else {"json": body}),
        )
        asked = str(answer.request.url) + (answer.request.content or b"").decode()
        told = {id for id in theirs if id in answer.text and id not in asked}
        if answer.status_code not in (may | {400, 404} if query else may):
            yield f"{query}: {answer.status_code} {answer.text[:300]}"
        if told or MARK in answer.text.replace(asked, ""):
            yield f"{query}: told {told}: {answer.text[:300]}"
        if (after := database.rows(theirs)) != before:
            yield f"{query}: changed {after ^ before}"


@pytest.mark.parametrize("operation", SIGNED_IN, ids=lambda operation: operation.name)
def test_a_guest_of_another_chat_learns_nothing_and_changes_nothing(
    guest: Guest, team: Team, operation: Operation, unlimited: None
) -> None:
    status, least = int(operation.good()[0]), LEAST[operation.name]
    may = {404} if "{" in operation.route.path else {400, 403, 404}
    if least is Least.USER or operation.name in GUESTS_TOO:
        may = {status, REFUSED.get(operation.name, status)}
    elif least is Least.OPERATOR:
        may = {403}
    elif least is Least.ANY_ADMIN:
        may = {status, 403}
    assert list(wrongs(team, operation, guest, team.path(operation), may)) == []


@pytest.mark.parametrize("operation", IN_A_CHAT, ids=lambda operation: operation.name)
def test_what_is_in_another_chat_is_not_reached_by_ones_own(
    guest: Guest, team: Team, operation: Operation, unlimited: None
) -> None:
    path = operation.route.path.format(**{**team.ids, "chat_id": guest.chat})
    assert list(wrongs(team, operation, guest, path, {403, 404})) == []
