"""A team with an admin, a member who is an agent, and a stranger from another team. Also the engine's side of Redis."""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import pytest
from httpx import Response

from api.core.context import Context
from models import Agent, Queue, QueueAgent, Role, Team
from switchroom.ids import public_id
from switchroom.messages.live import Heartbeat
from tests.support.api.client import Api, Person

_TODAY = {"offered": 0, "answered": 0, "abandoned": 0, "service_level": None, "asa": None}
_QUIET: dict[str, dict[str, Any]] = {
    "queue": {"at": 0.0, "waiting": [], "later": [], "estimate": None, "agents": {}, "today": _TODAY},
    "call": {"direction": "inbound", "callback_of": None, "needs": []},
}


def standing(call: str, position: int = 1, **changes: Any) -> dict[str, Any]:
    """Return a caller's place as a queue's live view has it."""
    place = {
        "call": call, "caller": "+14165550199", "position": position, "entered_at": 1_700_000_000.0, "priority": 0,
        "callback": False, "estimate": None,
    }  # fmt: skip
    return {**place, **changes}


@dataclass
class Engine:
    """The engine's side of Redis: what an engine leaves there, and what the api sends to it."""

    context: Context

    def beats(self, nodes: dict[str, str] | None = None, *, connection: str = "") -> None:
        """Write the heartbeat of an engine with these nodes and their states."""
        beat = Heartbeat(at=0, engine="e1", nodes=nodes or {"a": "ready"}, calls=0, connection=connection)
        self.context.redis.set(self.context.keys.heartbeat, beat.model_dump_json())

    def shows(self, kind: str, view: dict[str, Any]) -> None:
        """Write a live view as `pbx.persistence.live_views` does. Keys that the test does not need may be left out."""
        self.writes(kind, {**_QUIET.get(kind, {}), **view})

    def writes(self, kind: str, view: dict[str, Any]) -> None:
        """Write these keys only, as an engine of an earlier release may do."""
        self.context.redis.hset(self.context.keys.live(kind), view[kind], json.dumps(view))

    def ends(self, kind: str, id: str) -> None:
        """Take a live view away."""
        self.context.redis.hdel(self.context.keys.live(kind), id)

    def commands(self) -> list[dict[str, Any]]:
        """Return all commands that the api put on the stream, oldest first."""
        entries = cast(list[Any], self.context.redis.xrange(self.context.keys.commands))
        return [json.loads(fields[b"body"]) for _, fields in entries]


@dataclass
class World:
    api: Api
    team: Team
    admin: Person
    member: Person
    stranger: Person
    engine: Engine

    def call(self, person: Person | None, method: str, path: str, **options: Any) -> Response:
        """Send a request under `/v1` as that person. Without a person, send no token."""
        headers = person.headers if person else {}
        response = self.api.client.request(method, f"/v1{path}", headers=headers, **options)
        return cast(Response, response)

    def queue(self, name: str = "Sales", **columns: Any) -> Queue:
        queue = Queue(team_id=self.team.id, name=name, **columns)
        self.api.add(queue)
        return queue

    def agent(self, person: Person | None = None, name: str = "Kate", *queues: Queue) -> Agent:
        """Make an agent in those queues. By default they are the member."""
        agent = Agent(team_id=self.team.id, user_id=(person or self.member).user.id, name=name)
        self.api.add(agent, *(QueueAgent(queue_id=queue.id, agent_id=agent.id) for queue in queues))
        return agent


def world_of(api: Api) -> World:
    team = api.team(f"Team {secrets.token_hex(4)}")
    other = api.team(f"Team {secrets.token_hex(4)}")
    return World(
        api,
        team,
        admin=api.person(team, Role.ADMIN),
        member=api.person(team, extension="101"),
        stranger=api.person(other, Role.ADMIN, extension="101"),
        engine=Engine(api.context),
    )


@pytest.fixture
def world(api: Api) -> World:
    return world_of(api)


@pytest.fixture
def any_world(any_api: Api) -> World:
    """Yield a world on SQLite and, in a second run, on PostgreSQL."""
    return world_of(any_api)


Refuses = Callable[..., None]


@pytest.fixture
def refuses_outsiders(world: World) -> Refuses:
    """Check an operation on one of the team's objects. It must answer 401 without a token and 404 to a stranger."""

    def check(method: str, path: str, stranger: tuple[int, ...] = (404,), **options: Any) -> None:
        assert world.call(None, method, path, **options).status_code == 401
        assert world.call(world.stranger, method, path, **options).status_code in stranger

    return check


def pid(row: Any) -> str:
    """Return the row's id as the api shows it."""
    return public_id(row.id)
