"""What the exhaustive check of a stored route needs: the route, its team's other routes, and what they refer to."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.agent import Agent
from models.chat import Chat, ChatType
from models.department import Department
from models.number import DidNumber
from models.queue import Queue
from models.route import CallRoute
from models.team import MemberStatus, TeamUser
from models.uploaded_prompt import PromptKind, UploadedPrompt
from switchroom.database import session


@dataclass(frozen=True, slots=True)
class StoredRoute:
    id: str
    documents: dict[str, Any]
    """The team's routes, this one among them: id -> `{name, entry, blocks}`."""
    known: dict[str, set[str]] = field(default_factory=dict)
    """The team's things by kind: see `routing.routes.document.validate_route`."""
    max_wait: dict[str, float] = field(default_factory=dict)
    """Queue -> the longest wait (s), where there is one."""
    overflows: dict[str, str] = field(default_factory=dict)
    """Queue -> the type of its overflow, where there is one."""
    numbers: set[str] = field(default_factory=set)
    """The team's telephone numbers (E.164)."""
    forwards: dict[str, str] = field(default_factory=dict)
    """User -> the number that they forward to, where they do."""


def route_to_check(id: str, engine: Engine | None = None) -> StoredRoute | None:
    """Read a route and what its check needs. None: there is no such route."""
    with session(engine, readonly=True) as db:
        route = db.get(CallRoute, id)
        return None if route is None else among_teams(db, route.team_id, id)


def among_teams(db: Session, team: str, id: str) -> StoredRoute:
    """Read what the check of the team's route `id` needs. The id may be that of no route: its document is not there."""
    routes = db.exec(select(CallRoute).where(CallRoute.team_id == team)).all()
    documents = {r.id: {"name": r.name, "entry": r.entry, "blocks": r.blocks} for r in routes}
    queues = db.exec(select(Queue).where(Queue.team_id == team)).all()
    waits = {queue.id: float(queue.max_wait) for queue in queues if queue.max_wait is not None}
    overflows = {queue.id: str(queue.overflow["type"]) for queue in queues if queue.overflow}
    numbers = set(db.exec(select(DidNumber.e164).where(DidNumber.team_id == team)))
    members = db.exec(select(TeamUser).where(TeamUser.team_id == team, col(TeamUser.forward)))
    forwards = {member.user_id: member.forward_number for member in members if member.forward_number}
    return StoredRoute(id, documents, references(db, team), waits, overflows, numbers, forwards)


def references(db: Session, team: str) -> dict[str, set[str]]:
    """Read the ids that blocks of this team's routes may refer to, by the kinds of `validate_route` (routing)."""
    active = col(TeamUser.status) == MemberStatus.ACTIVE.value
    return {
        "queues": set(db.exec(select(Queue.id).where(Queue.team_id == team))),
        "users": set(db.exec(select(TeamUser.user_id).where(TeamUser.team_id == team, active))),
        "teams": {team},
        "agents": set(db.exec(select(Agent.id).where(Agent.team_id == team))),
        "departments": set(db.exec(select(Department.id).where(Department.team_id == team))),
        "chats": set(db.exec(_chats(team))),
        "routes": set(db.exec(select(CallRoute.id).where(CallRoute.team_id == team))),
        "uploads": set(db.exec(_prompts(team, PromptKind.SOUND))),
        "musics": set(db.exec(_prompts(team, PromptKind.MUSIC))),
    }


def _prompts(team: str, kind: PromptKind) -> SelectOfScalar[str]:
    return select(UploadedPrompt.id).where(UploadedPrompt.team_id == team, UploadedPrompt.kind == kind.value)


def _chats(team: str) -> SelectOfScalar[str]:
    """Select the chats that a route may write into: no private one, since nobody there has asked for it."""
    group = (col(Chat.type) != ChatType.PRIVATE.value, col(Chat.archived_at).is_(None))
    return select(Chat.id).where(Chat.team_id == team, *group)
