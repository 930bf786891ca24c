"""What admins configured, from the database into the core's values. Database work is done off the event loop."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Engine, and_
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col, select
from sqlmodel.sql.expression import Select

from models import (
    Agent,
    CallRoute,
    DidNumber,
    MemberStatus,
    Queue,
    QueueAgent,
    Team,
    TeamUser,
    User,
    UserStatus,
)
from pbx.api_commands import ConfigKind
from routing.config import (
    AgentConfig,
    ConfigItem,
    NumberConfig,
    QueueConfig,
    QueueMember,
    RecordingPolicy,
    RouteConfig,
    Strategy,
    TeamConfig,
)
from routing.events import AgentStatus, AgentStatusSet, ConfigChanged
from routing.ids import AgentId, NumberId, QueueId, RouteId, TeamId, UserId
from routing.route import parse_route
from switchroom.database import session

log = logging.getLogger(__name__)

T = TypeVar("T")
R = TypeVar("R")

RETRY_SECONDS = 1.0
DATABASE_AWAY = (SQLAlchemyError, OSError)


@dataclass(frozen=True, slots=True)
class Loaded:
    """Everything: all teams' configuration and the agents' statuses as they stand in their rows."""

    items: tuple[ConfigItem, ...] = ()
    statuses: tuple[AgentStatusSet, ...] = ()


class Database:
    """Reads the configuration. Every method blocks and may raise one of `DATABASE_AWAY`: use a thread.

    A row that makes no valid value (an edit past the api) is logged and left out; the others load.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def ping(self) -> None:
        with self._engine.connect() as connection:
            connection.exec_driver_sql("SELECT 1")

    def load(self) -> Loaded:
        with session(self._engine, readonly=True) as db:
            agents = [(agent, member) for agent, member in db.exec(_active_agents())]
            known = {agent.id for agent, _ in agents}
            members = db.exec(select(QueueAgent)).all()
            items: list[ConfigItem] = [
                *_made(team_config, db.exec(select(Team)).all()),
                *_made(agent_config, agents),
                *_made(queue_config, _with_members(db.exec(select(Queue)).all(), members)),
                *_made(route_config, db.exec(select(CallRoute)).all()),
                *_made(number_config, db.exec(select(DidNumber)).all()),
            ]
            own = [m for m in members if m.status is not None and m.agent_id in known]
            return Loaded(
                tuple(items), (*_made(_status, [agent for agent, _ in agents]), *_made(_status, own))
            )

    def load_one(self, kind: ConfigKind, id: str) -> ConfigChanged:
        """The object as it stands now; as removed if it is gone."""
        with session(self._engine, readonly=True) as db:
            items: list[ConfigItem] = []
            match kind:
                case "team":
                    items = _made(team_config, _one(db.get(Team, id)))
                case "agent":
                    found = db.exec(_active_agents().where(col(Agent.id) == id)).all()
                    items = _made(agent_config, [(agent, member) for agent, member in found])
                case "queue":
                    members = db.exec(select(QueueAgent).where(col(QueueAgent.queue_id) == id)).all()
                    items = _made(queue_config, _with_members(_one(db.get(Queue, id)), members))
                case "route":
                    items = _made(route_config, _one(db.get(CallRoute, id)))
                case "number":
                    items = _made(number_config, _one(db.get(DidNumber, id)))
            return ConfigChanged(tuple(items)) if items else ConfigChanged(removed=(id,))


def team_config(team: Team) -> TeamConfig:
    return TeamConfig(TeamId(team.id), team.team_name, team.timezone, RecordingPolicy(team.recording))


def agent_config(row: tuple[Agent, TeamUser]) -> AgentConfig:
    """An agent whose user has no SIP account has the empty phone: it is never rung."""
    agent, member = row
    return AgentConfig(
        AgentId(agent.id),
        TeamId(agent.team_id),
        agent.name,
        UserId(agent.user_id),
        member.sip_username or "",
        member.extension or "",
        agent.capacity,
    )


def queue_config(row: tuple[Queue, Sequence[QueueAgent]]) -> QueueConfig:
    queue, members = row
    return QueueConfig(
        id=QueueId(queue.id),
        team=TeamId(queue.team_id),
        name=queue.name,
        strategy=Strategy(queue.strategy),
        members=tuple(
            QueueMember(
                AgentId(m.agent_id), m.order, tuple((str(name), int(level)) for name, level in m.skills)
            )
            for m in sorted(members, key=lambda m: (m.order, m.agent_id))
        ),
        priority=queue.priority,
        ring_timeout=queue.ring_timeout,
        wrap_up=queue.wrap_up,
        max_wait=queue.max_wait,
        max_waiting=queue.max_waiting,
        join_when_empty=queue.join_when_empty,
        leave_when_empty=queue.leave_when_empty,
        ring_limit=queue.ring_limit,
        missed_limit=queue.missed_limit,
        call_service_good=queue.call_service_good,
        music=queue.music,
        recording=_policy(queue.recording),
    )


def route_config(route: CallRoute) -> RouteConfig:
    document = {"name": route.name, "entry": route.entry, "blocks": route.blocks}
    return parse_route(document, id=RouteId(route.id), team=TeamId(route.team_id), version=route.version)


def number_config(number: DidNumber) -> NumberConfig:
    return NumberConfig(
        NumberId(number.id),
        TeamId(number.team_id),
        number.e164,
        None if number.route_id is None else RouteId(number.route_id),
        None if number.queue_id is None else QueueId(number.queue_id),
        None if number.user_id is None else UserId(number.user_id),
        _policy(number.recording),
    )


class Reloader:
    """Loads changed objects one after another, retrying while the database is away.

    `reload` returns at once; `apply` gets each result on the event loop.
    """

    def __init__(self, database: Database, apply: Callable[[ConfigChanged], None]) -> None:
        self._database = database
        self._apply = apply
        self._wanted: dict[tuple[ConfigKind, str], None] = {}
        self._work = asyncio.Event()
        self.available = True

    def reload(self, kind: ConfigKind, id: str) -> None:
        self._wanted[kind, id] = None
        self._work.set()

    async def run(self) -> None:
        while True:
            await self._work.wait()
            self._work.clear()
            while self._wanted:
                kind, id = next(iter(self._wanted))
                del self._wanted[kind, id]
                self._apply(await self._load(kind, id))

    async def load_all(self) -> Loaded:
        """Waits until the database answers."""
        return await self._patiently(self._database.load)

    async def _load(self, kind: ConfigKind, id: str) -> ConfigChanged:
        return await self._patiently(lambda: self._database.load_one(kind, id))

    async def _patiently(self, read: Callable[[], T]) -> T:
        while True:
            try:
                result = await asyncio.to_thread(read)
            except DATABASE_AWAY as error:
                if self.available:
                    log.error(
                        "the database is away: going on with what is known", extra={"why": _kind(error)}
                    )
                self.available = False
                await asyncio.sleep(RETRY_SECONDS)
            else:
                self.available = True
                return result


def _made(make: Callable[[R], T], rows: Iterable[R]) -> list[T]:
    made = []
    for row in rows:
        try:
            made.append(make(row))
        except (ValueError, TypeError, KeyError) as error:
            log.error("a row makes no valid configuration", extra={"row": _row_id(row), "why": _kind(error)})
    return made


def _row_id(row: object) -> str:
    row = row[0] if isinstance(row, tuple) else row
    return f"{type(row).__name__} {getattr(row, 'id', '?')}"


def _kind(error: Exception) -> str:
    """What is wrong, without the values."""
    return type(error).__name__


def _active_agents() -> Select[Agent, TeamUser]:
    """Agents with their membership. Who is not, or no longer, an active member takes no calls: no agent."""
    return (
        select(Agent, TeamUser)
        .join(
            TeamUser,
            and_(col(TeamUser.team_id) == col(Agent.team_id), col(TeamUser.user_id) == col(Agent.user_id)),
        )
        .join(User, col(User.id) == col(Agent.user_id))
        .where(
            col(TeamUser.status) == MemberStatus.ACTIVE.value,
            col(User.status) == UserStatus.ACTIVE.value,
        )
    )


def _one(row: R | None) -> list[R]:
    return [] if row is None else [row]


def _policy(value: str | None) -> RecordingPolicy | None:
    return None if value is None else RecordingPolicy(value)


def _with_members(
    queues: Iterable[Queue], members: Iterable[QueueAgent]
) -> list[tuple[Queue, list[QueueAgent]]]:
    by_queue: dict[str, list[QueueAgent]] = {}
    for member in members:
        by_queue.setdefault(member.queue_id, []).append(member)
    return [(queue, by_queue.get(queue.id, [])) for queue in queues]


def _status(row: Agent | QueueAgent) -> AgentStatusSet:
    if isinstance(row, Agent):
        return AgentStatusSet(AgentId(row.id), AgentStatus(row.status), reason=row.reason)
    status = AgentStatus(row.status or "")
    return AgentStatusSet(AgentId(row.agent_id), status, QueueId(row.queue_id), row.reason)
