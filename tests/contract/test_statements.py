"""No query per row: each list and each populate name takes as many statements for 30 objects as for three.

The lists and the names are those of the OpenAPI document: an operation that takes `limit` or `populate` is tested.
"""

import re
import secrets
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest

from models import (
    Agent,
    AuditEntry,
    AuthSession,
    CallLog,
    CallRoute,
    CallRouteVersion,
    Chat,
    ChatUser,
    Contact,
    ContactLink,
    Department,
    DepartmentUser,
    DidNumber,
    File,
    Integration,
    IntegrationEvent,
    InventoryNumber,
    MemberStatus,
    Message,
    MessageLink,
    Queue,
    QueueAgent,
    QueueManager,
    Recording,
    ReportSchedule,
    UploadedPrompt,
    User,
    Voicemail,
    WorkspaceEvent,
    WrapUp,
    WrapUpCode,
    utcnow,
)
from switchroom.ids import parse_id
from tests.api.conftest import any_database_url, make_api
from tests.api.core.test_one_hop import Counted, counted
from tests.contract.document import OPERATIONS, Operation
from tests.contract.team import MARK, Team
from tests.support.api.client import Api
from tests.support.api.world import World, world_of

__all__ = ["any_database_url", "counted", "make_api"]

pytestmark = pytest.mark.service

FEW, MANY = 3, 30
CONSTANT = frozenset({"list_countries"})
"""Lists of which the rows are no rows of the database."""


def takes(operation: Operation, name: str) -> bool:
    return any(parameter["name"] == name for parameter in operation.said.get("parameters", ()))


READS = [operation for operation in OPERATIONS if operation.method == "GET"]
LISTS = [operation for operation in READS if takes(operation, "limit")]
POPULATED = [operation for operation in READS if takes(operation, "populate")]


@pytest.fixture
def any_world(make_api: Callable[..., Api], any_database_url: str) -> World:
    keys = {"s3_access_key": "key", "s3_secret_key": secrets.token_hex(16)}
    world = world_of(make_api(any_database_url, **keys))
    with world.api.session() as session:
        session.get_one(User, world.admin.user.id).operator = True
    return world


@pytest.fixture
def team(any_world: World) -> Team:
    return Team(any_world)


class Grown:
    """The team, with more objects of every kind. Each has people, queues and senders of its own."""

    def __init__(self, team: Team) -> None:
        self.team = team
        self.bare = {name: parse_id(id) or id for name, id in team.ids.items()}
        self._numbers = count(2)
        self._made = 0

    def to(self, size: int) -> None:
        """Make more until there are so many of each kind beside the team's first."""
        while self._made < size:
            self._made += 1
            self._grow(next(self._numbers))

    def _grow(self, number: int) -> None:
        world, ids, name = self.team.world, self.bare, f"{MARK} {number}"
        team, admin, member = world.team.id, world.admin.user.id, world.member.user.id
        person = world.api.person(world.team)
        pending = world.api.person(world.team)
        assert pending.member
        pending.member.status = MemberStatus.PENDING.value
        other = world.api.team()
        user = person.user.id
        person.user.first_name = MARK
        queue = Queue(team_id=team, name=name)
        agents = [Agent(team_id=team, user_id=who, name=name) for who in (user, member)]
        department = Department(team_id=team, name=name)
        route = CallRoute(team_id=team, name=name, entry="", blocks={})
        call = CallLog(
            team_id=team, disposition="answered", queue_id=queue.id, agent_id=agents[0].id, caller_name=MARK,
            started_at=utcnow(), ended_at=utcnow(),
        )  # fmt: skip
        chat = Chat(
            team_id=team, owner_id=user, type="room", name=name, room_number=20_000 + number,
            conf_pin=20_000 + number, last_number=1,
        )  # fmt: skip
        link = f"https://example.com/{number}"
        first = Message(chat_id=chat.id, number=1, from_id=user, body=f"{MARK} says {link}", links=[link])
        file = File(
            team_id=team, user_id=user, name=f"{MARK}.png", filename="a.png", extension="png", type="image/png",
            size=1, sha256="0" * 64, chat_id=ids["chat_id"],
        )  # fmt: skip
        said: dict[str, Any] = {
            "chat_id": ids["chat_id"],
            "from_id": user,
            "body": f"{MARK} says {link}",
            "links": [link],
        }
        message = Message(number=2 * number, file_id=file.id, **said)
        reply = Message(number=2 * number + 1, thread_id=ids["message_id"], **said)
        synchronized = Contact(owner_id=member, first_name=MARK)
        own = File(
            team_id=team, user_id=admin, name=f"{MARK}.png", filename="b.png", extension="png", type="image/png",
            size=1, sha256="1" * 64,
        )  # fmt: skip
        world.api.add(
            person.user, pending.member, queue, *agents, department, route, call, chat, first, file, own, message,
            reply,
            *(QueueManager(queue_id=queue.id, user_id=who) for who in (user, member)),
            *(QueueAgent(queue_id=queue.id, agent_id=agent.id) for agent in agents),
            *(QueueManager(queue_id=ids["queue_id"], user_id=who) for who in (user,)),
            *(QueueAgent(queue_id=ids["queue_id"], agent_id=agent.id) for agent in agents),
            QueueAgent(queue_id=queue.id, agent_id=ids["agent_id"]),
            DepartmentUser(department_id=department.id, user_id=user),
            CallRouteVersion(route_id=ids["route_id"], version=number, document={"name": name}),
            Contact(owner_id=admin, team_id=team, first_name=MARK),
            Integration(user_id=admin, type="events", provider="google", email=f"{name}@x", sealed_grant=""),
            synchronized,
            UploadedPrompt(team_id=team, kind="sound", name=name, filename="a.wav", type="audio/wav"),
            ContactLink(integration_id=ids["integration_id"], contact_id=synchronized.id, provider_id=name),
            IntegrationEvent(
                integration_id=ids["integration_id"], provider_id=name, team_id=team, host_id=member, name=name,
                start_at=utcnow(), end_at=utcnow(),
            ),
            DidNumber(team_id=team, e164=f"+1416777{number:04}", name=name, queue_id=queue.id),
            InventoryNumber(e164=f"+1310888{number:04}", country="US", area_code="310"),
            Recording(
                team_id=team, call_id=call.id, file_base=name, agent_id=agents[0].id, state="stored",
                s3_key=f"{number}.wav",
            ),
            WrapUp(call_id=call.id, agent_id=agents[0].id, team_id=team, seconds=3.0),
            WrapUpCode(team_id=team, code=f"code{number}", name=name),
            ReportSchedule(
                team_id=team, name=name, by="queue", period="day", receivers=[member], next_at=utcnow(),
            ),
            Voicemail(
                team_id=team, call_id=call.id, mailbox_kind="user", mailbox_id=member, file=f"{number}.wav",
                caller_name=MARK, state="stored", s3_key=f"v{number}.wav",
            ),
            *(ChatUser(chat_id=chat.id, user_id=who) for who in (user, member, admin)),
            ChatUser(chat_id=ids["chat_id"], user_id=user),
            *(
                MessageLink(message_id=one.id, chat_id=one.chat_id, user_id=admin, url=link)
                for one in (first, message)
            ),
            *(
                WorkspaceEvent(
                    team_id=team, user_id=admin, type="mention", chat_id=about.chat_id, message_id=about.id
                )
                for about in (first, message)
            ),
            WorkspaceEvent(team_id=team, user_id=admin, type="file", file_id=file.id),
            AuthSession(user_id=admin, expires_at=utcnow().replace(year=utcnow().year + 1)),
            AuditEntry(actor_id=admin, actor="x", action="test", team_id=team, object_id=other.id),
        )  # fmt: skip


class Asking:
    """Requests of the team's admin, and the statements of each."""

    def __init__(self, team: Team, counted: Counted) -> None:
        self.team, self.counted = team, counted

    def ask(self, operation: Operation, populate: str | None) -> tuple[int, list[str]]:
        """Return the number of objects in the answer, and the statements."""
        own = "{integration_id}" in operation.route.path
        person = self.team.world.member if own else self.team.world.admin
        # The first request of a caller also asks who they are.
        assert self.team.world.call(person, "GET", "/user/me").status_code == 200
        self.counted.clear()
        query = {**self.team.query(operation), **({} if populate is None else {"populate": populate})}
        if takes(operation, "limit"):
            query["limit"] = 100 if operation.name.startswith("search") else 1000
        if operation.name == "chat_exists":
            query["users"] = self.team.world.member.id
        path = operation.route.path.format(**self.team.ids)
        answer = self.team.world.api.client.get(path, headers=person.headers, params=query)
        assert answer.status_code == 200, answer.text
        return _objects(answer.json()), sorted(self.counted.tables)

    def names(self, operation: Operation) -> list[str]:
        """Return what the operation populates. Its refusal of another name says it."""
        path = operation.route.path.format(**self.team.ids)
        answer = self.team.world.api.client.get(
            path, headers=self.team.world.admin.headers, params={"populate": "?"}
        )
        known = re.search(r"Known: (.+)", answer.json()["response"]["populate"])
        assert known
        return known[1].split(", ")

    def everything(self) -> Iterator[tuple[Operation, str | None]]:
        """All lists, and all of what is populated: each name alone and all names together."""
        for operation in LISTS:
            yield operation, None
        for operation in POPULATED:
            names = self.names(operation)
            for populate in dict.fromkeys([*names, ",".join(names)]):
                yield operation, populate


def _objects(answer: Any) -> int:
    """Return how many objects are in the answer: in its lists, and in lists of these."""
    if isinstance(answer, list):
        return sum(1 + _objects(each) for each in answer if isinstance(each, dict | list))
    if isinstance(answer, dict):
        return sum(_objects(value) for value in answer.values())
    return 0


@pytest.mark.timeout(600)
def test_thirty_objects_take_as_many_statements_as_three(team: Team, counted: Counted) -> None:
    grown, asking = Grown(team), Asking(team, counted)
    grown.to(FEW)
    asked = list(asking.everything())
    few = {(operation.name, populate): asking.ask(operation, populate) for operation, populate in asked}
    grown.to(MANY)
    wrong: list[tuple[Any, ...]] = []
    for operation, populate in asked:
        (before, small), (after, large) = few[operation.name, populate], asking.ask(operation, populate)
        if small != large:
            wrong.append((operation.name, populate, small, large))
        if operation in LISTS and operation.name not in CONSTANT and after < before + MANY - FEW:
            wrong.append((operation.name, populate, f"{before} objects, then {after}", ""))
    assert not wrong, "\n".join(map(str, wrong))
