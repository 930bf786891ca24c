"""What both servers serve: a team with 100 queues and 300 calls, and its admin.

The parts of our product that this benchmark uses are imported here only.
"""

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Boolean, Engine, func
from sqlmodel import SQLModel, select

from api.core.tokens import make_access_token
from bench.api.statements import Column, Statements
from models import AuthSession, CallLog, Queue, QueueStay, Recording, Role, Team, TeamUser, User, WrapUp
from models.base import Json
from models.outbox import Outbox
from switchroom import database
from switchroom.ids import new_id, public_id
from switchroom.settings import Settings

QUEUES = 100
CALLS = 300
_UNSEEN = {"legs", "decisions", "recordings", "node", "created_at"}
"""Columns of a call log that no list shows."""
_NOON = datetime(2026, 7, 1, 12, 0, 0, 123456, tzinfo=UTC)


@dataclass(slots=True)
class World:
    """Ids as the tables hold them, and the admin's token."""

    secret: str
    team: str = ""
    user: str = ""
    token: str = ""
    queues: list[str] = field(default_factory=list)

    @property
    def list_path(self) -> str:
        """Return the path of the list of queues."""
        return f"/v1/team/{public_id(self.team)}/ccqueueconfig?limit={QUEUES}"

    def queue_path(self, number: int) -> str:
        """Return the path of one queue. A number above the last queue starts again with the first."""
        return f"/v1/CCQueueConfig/{public_id(self.queues[number % QUEUES])}"


def seed(url: str) -> World:
    """Fill the empty database. Return what a client needs to know of it."""
    database.upgrade(url)
    world = World(secrets.token_hex(32))
    user = User(email="admin@example.com", first_name="Olive", last_name="Hale")
    sign_in = AuthSession(user_id=user.id, expires_at=datetime.now(UTC) + timedelta(days=1))
    team = Team(team_name="Bench", slug="bench", owner_id=user.id, billing_id=1, number=1)
    member = TeamUser(team_id=team.id, user_id=user.id, role=Role.ADMIN.value)
    queues = [
        Queue(
            team_id=team.id, name=f"Queue {number:03}", wrap_up=10.0, created_at=_NOON, updated_at=_NOON,
            skills=[{"skill": "german", "level": 3, "optional": False}], music="default",
        )
        for number in range(QUEUES)
    ]  # fmt: skip
    engine = database.make_engine(url)
    with database.session(engine) as session:
        for rows in ([user], [team, sign_in], [member], queues):
            session.add_all(rows)
            session.flush()
        for number in range(CALLS):
            session.add_all(_call(number, team.id, queues[number % QUEUES].id))
    engine.dispose()
    world.team, world.user, world.queues = team.id, user.id, [queue.id for queue in queues]
    settings: dict[str, Any] = {"secret_key": world.secret, "access_token_seconds": 86400}
    world.token = make_access_token(Settings(_env_file=None, **settings), user.id, sign_in.id)
    return world


def _call(number: int, team: str, queue: str) -> list[SQLModel]:
    """Return a call with its leg, path, decision, wrap-up, recording and stay."""
    started, call, agent = _NOON + timedelta(minutes=number), new_id(), new_id()
    at = started.timestamp()
    leg = {"kind": "agent", "agent": agent, "number": None, "queue": queue, "outcome": "answered"}
    times = {"offered_at": at + 3, "rang_at": at + 4, "answered_at": at + 10, "ended_at": at + 60}
    decision = {"at": at + 3, "queue": queue, "strategy": "longest-idle", "agents": [agent] * 10, "wait": 1.0}
    log = CallLog(
        id=call, team_id=team, caller="+14165550199", caller_name="Ada", did="+14165550100", queue_id=queue,
        agent_id=agent, route_id=new_id(), route_version=3, started_at=started,
        queued_at=started + timedelta(seconds=2), answered_at=started + timedelta(seconds=10),
        ended_at=started + timedelta(seconds=60), wait=8.0, talk=50.0, disposition="answered", hangup_cause=16,
        ended_by="caller", legs=[{**leg, **times}], decisions=[decision], recordings=[f"recordings/{call}-1"],
        path=[
            {"block": "menu", "type": "menu", "at": at, "exit": "1"},
            {"block": "sales", "type": "queue", "at": at + 2, "exit": "answered"},
        ],
    )  # fmt: skip
    wrap_up = WrapUp(call_id=call, agent_id=agent, team_id=team, seconds=12.5, code="sale")
    recording = Recording(
        call_id=call, team_id=team, queue_id=queue, agent_id=agent, file_base=f"recordings/{call}-1",
        state="stored", s3_key=f"recordings/{call}-1.wav", seconds=50.1, size=99,
    )  # fmt: skip
    stay = QueueStay(
        call_id=call, number=1, team_id=team, queue_id=queue, agent_id=agent, joined_at=log.queued_at,
        left_at=log.answered_at, outcome="answered", wait=8.0, talk=50.0, exit="answered", last_call_id=call,
    )  # fmt: skip
    return [log, wrap_up, recording, stay]


def statements() -> Statements:
    """Return the text of the statements for the present tables."""
    calls = [column for column in _columns(CallLog) if column.name not in _UNSEEN]
    return Statements(_columns(Queue), calls)


def _columns(model: type[SQLModel]) -> list[Column]:
    def kind(type_: Any) -> str:
        return "json" if isinstance(type_, Json) else "boolean" if isinstance(type_, Boolean) else "plain"

    table = model.__table__  # type: ignore[attr-defined]
    return [Column(column.name, kind(column.type)) for column in table.columns]


def outbox_rows(url: str) -> int:
    """Return the number of messages to the engine in the database, delivered or not."""
    engine: Engine = database.make_engine(url)
    with database.session(engine, readonly=True) as session:
        found = session.exec(select(func.count()).select_from(Outbox)).one()
    engine.dispose()
    return found
