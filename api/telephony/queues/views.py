"""A queue as clients see it."""

from collections.abc import Sequence
from typing import Any

from sqlmodel import Session, col, select

from api.accounts.users.schemas import PROFILE
from api.conventions.populate import Populate
from api.telephony.agents.resource import AGENT
from api.telephony.call_routes.overflow import shown
from api.telephony.queues.resource import QUEUE
from models import Agent, Queue, QueueAgent, QueueManager, User
from switchroom.ids import public_id


def show_queues(
    session: Session, queues: Sequence[Queue], populate: Populate = frozenset()
) -> list[dict[str, Any]]:
    """Each with `managers` (users) and `agents`: ids, or objects where `populate` names them."""
    managers = _managers(session, queues, populate)
    agents = _agents(session, queues, populate)
    return [
        {
            **QUEUE.show(queue),
            "overflow": shown(queue.overflow),
            "managers": managers[queue.id],
            "agents": agents[queue.id],
        }
        for queue in queues
    ]


def show_queue(session: Session, queue: Queue, populate: Populate = frozenset()) -> dict[str, Any]:
    """One queue, see `show_queues`."""
    return show_queues(session, [queue], populate)[0]


def show_place(place: QueueAgent) -> dict[str, Any]:
    """An agent's place in a queue; `status` null: as overall."""
    return {
        "order": place.order,
        "skills": place.skills,
        "weight": place.weight,
        "status": place.status,
        "reason": place.reason,
    }


def _managers(session: Session, queues: Sequence[Queue], populate: Populate) -> dict[str, list[Any]]:
    rows = session.exec(
        select(QueueManager, User)
        .join(User, col(User.id) == col(QueueManager.user_id))
        .where(col(QueueManager.queue_id).in_([queue.id for queue in queues]))
        .order_by(col(QueueManager.id))
    ).all()
    found: dict[str, list[Any]] = {queue.id: [] for queue in queues}
    for manager, user in rows:
        found[manager.queue_id].append(PROFILE.show(user) if "managers" in populate else public_id(user.id))
    return found


def _agents(session: Session, queues: Sequence[Queue], populate: Populate) -> dict[str, list[Any]]:
    rows = session.exec(
        select(QueueAgent, Agent)
        .join(Agent, col(Agent.id) == col(QueueAgent.agent_id))
        .where(col(QueueAgent.queue_id).in_([queue.id for queue in queues]))
        .order_by(col(QueueAgent.order), col(QueueAgent.agent_id))
    ).all()
    found: dict[str, list[Any]] = {queue.id: [] for queue in queues}
    for place, agent in rows:
        shown = (
            {**AGENT.show(agent), "place": show_place(place)} if "agents" in populate else public_id(agent.id)
        )
        found[place.queue_id].append(shown)
    return found
