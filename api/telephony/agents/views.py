"""Agents as clients see them."""

from collections.abc import Sequence
from typing import Any

from sqlmodel import Session, col, select

from api.accounts.users.resource import PROFILE
from api.conventions.populate import Populate
from api.telephony.agents.resource import AGENT
from api.telephony.live_views import show_posix
from api.telephony.queues.resource import QUEUE
from models import Agent, Queue, QueueAgent, User
from switchroom.ids import public_id
from switchroom.messages.live import LiveAgent


def show_agents(
    session: Session, agents: Sequence[Agent], populate: Populate = frozenset()
) -> list[dict[str, Any]]:
    """Show the agents, each with `queues` and `queue_statuses`.

    `queues` are ids, or objects if populated. `queue_statuses` has the queues in which the agent has a status of their
    own.
    """
    places = _places(session, agents)
    users = _users(session, agents) if "user" in populate else {}
    return [_show(agent, places[agent.id], users.get(agent.user_id), populate) for agent in agents]


def show_agent(session: Session, agent: Agent, populate: Populate = frozenset()) -> dict[str, Any]:
    """Show one agent, see `show_agents`."""
    return show_agents(session, [agent], populate)[0]


def show_state(view: LiveAgent | None) -> dict[str, Any] | None:
    """Show what the engine knows of an agent now, as `LiveAgentState`, or None for nothing."""
    if view is None:
        return None
    return {
        "status": view.status,
        "reason": view.reason,
        "state": view.state,
        "since": show_posix(view.since),
        "registered": view.registered,
        "call": None if view.call is None else public_id(view.call),
    }


def _show(
    agent: Agent, places: list[tuple[QueueAgent, Queue]], user: User | None, populate: Populate
) -> dict[str, Any]:
    shown = AGENT.show(agent)
    if user is not None:
        shown["user"] = PROFILE.show(user)
    full = "queues" in populate
    shown["queues"] = [QUEUE.show(queue) if full else public_id(queue.id) for _, queue in places]
    shown["queue_statuses"] = {
        public_id(queue.id): {"status": place.status, "reason": place.reason}
        for place, queue in places
        if place.status is not None
    }
    return shown


def _places(session: Session, agents: Sequence[Agent]) -> dict[str, list[tuple[QueueAgent, Queue]]]:
    rows = session.exec(
        select(QueueAgent, Queue)
        .join(Queue, col(Queue.id) == col(QueueAgent.queue_id))
        .where(col(QueueAgent.agent_id).in_([agent.id for agent in agents]))
        .order_by(col(Queue.name), col(Queue.id))
    )
    found: dict[str, list[tuple[QueueAgent, Queue]]] = {agent.id: [] for agent in agents}
    for place, queue in rows:
        found[place.agent_id].append((place, queue))
    return found


def _users(session: Session, agents: Sequence[Agent]) -> dict[str, User]:
    ids = {agent.user_id for agent in agents}
    return {user.id: user for user in session.exec(select(User).where(col(User.id).in_(ids)))}
