"""Queues as clients see them."""

from typing import Any

import orjson
from sqlalchemy import literal_column, union_all
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from api.accounts.users.resource import PROFILE
from api.conventions.populate import Populate
from api.conventions.resource import Shown
from api.telephony.agents.resource import AGENT
from api.telephony.call_routes.overflow import shown
from api.telephony.queues.resource import QUEUE
from models import Agent, Queue, QueueAgent, QueueManager, User
from models.among import among
from routing.expressions.prompts import upload_named
from switchroom.ids import parse_id, public_id
from switchroom.prepared import Prepared


def with_people(session: Session, queues: list[Shown], populate: Populate = frozenset()) -> list[Shown]:
    """Add `managers` (users) and `agents` to each: ids, or objects where `populate` names them."""
    ids = [queue["id"][1:] for queue in queues]
    managers, agents = _ids(session, ids)
    if "managers" in populate:
        managers = _managers(session, ids)
    if "agents" in populate:
        agents = _agents(session, ids)
    for queue, id in zip(queues, ids, strict=True):
        queue["overflow"] = _overflow(queue["overflow"])
        queue["comfort_sounds"] = _sounds(queue["comfort_sounds"])
        queue["agent_sounds"] = _sounds(queue["agent_sounds"])
        if parse_id(queue["music"]):
            queue["music"] = public_id(queue["music"])
        queue["managers"], queue["agents"] = managers.get(id, []), agents.get(id, [])
    return queues


def show_queue(session: Session, queue: Queue, populate: Populate = frozenset()) -> Shown:
    """Show one queue that the session holds, see `with_people`."""
    return with_people(session, [QUEUE.show(queue)], populate)[0]


def _overflow(value: Any) -> Any:
    """Return the overflow with public ids, also where it was read as text."""
    return shown(_read(value))


def _sounds(value: Any) -> Any:
    """Return the sounds with the public ids of uploaded prompts, also where they were read as text."""
    return [sound if (upload := upload_named(sound)) is None else public_id(upload) for sound in _read(value)]


def _read(value: Any) -> Any:
    return orjson.loads(orjson.dumps(value)) if isinstance(value, orjson.Fragment) else value


People = dict[str, list[Any]]
"""Queue -> its managers, or its agents, in their order."""


def _ids(session: Session, queues: list[str]) -> tuple[People, People]:
    """Return the public ids of the managers and of the agents of these queues, by one statement."""
    found: tuple[People, People] = ({}, {})
    for kind, queue, person in _PEOPLE.rows(session, {"queues": queues}):
        found[kind].setdefault(queue, []).append(public_id(person))
    return found


_BOTH = union_all(
    sa_select(
        literal_column("0").label("kind"),
        col(QueueManager.queue_id).label("queue"),
        col(QueueManager.user_id).label("person"),
        literal_column("0").label("place"),
        col(QueueManager.id).label("tie"),
    ).where(among(col(QueueManager.queue_id), "queues")),
    sa_select(
        literal_column("1"),
        col(QueueAgent.queue_id),
        col(QueueAgent.agent_id),
        col(QueueAgent.order),
        col(QueueAgent.agent_id),
    ).where(among(col(QueueAgent.queue_id), "queues")),
).subquery()
_PEOPLE = Prepared(
    sa_select(_BOTH.c.kind, _BOTH.c.queue, _BOTH.c.person).order_by(_BOTH.c.kind, _BOTH.c.place, _BOTH.c.tie)
)


def show_place(place: QueueAgent) -> dict[str, Any]:
    """Show an agent's place in a queue. `status` null: as overall."""
    return {
        "order": place.order,
        "skills": place.skills,
        "weight": place.weight,
        "status": place.status,
        "reason": place.reason,
    }


def _managers(session: Session, queues: list[str]) -> dict[str, list[Any]]:
    rows = session.exec(
        select(QueueManager, User)
        .join(User, col(User.id) == col(QueueManager.user_id))
        .where(col(QueueManager.queue_id).in_(queues))
        .order_by(col(QueueManager.id))
    ).all()
    found: dict[str, list[Any]] = {}
    for manager, user in rows:
        found.setdefault(manager.queue_id, []).append(PROFILE.show(user))
    return found


def _agents(session: Session, queues: list[str]) -> dict[str, list[Any]]:
    rows = session.exec(
        select(QueueAgent, Agent)
        .join(Agent, col(Agent.id) == col(QueueAgent.agent_id))
        .where(col(QueueAgent.queue_id).in_(queues))
        .order_by(col(QueueAgent.order), col(QueueAgent.agent_id))
    ).all()
    found: dict[str, list[Any]] = {}
    for place, agent in rows:
        shown = {**AGENT.show(agent), "place": show_place(place)}
        found.setdefault(place.queue_id, []).append(shown)
    return found
