"""What the caller may see of a team as it is now."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import col, or_, select, true

from api.conventions.resource import Shown
from api.core.scope import MANAGED_QUEUES, USER, Scope
from api.telephony.agents.views import show_state
from api.telephony.calls.access import may_reach
from api.telephony.live_views import Live, show_call, show_posix, show_queue
from models import Agent, Queue, QueueAgent, utcnow
from switchroom.ids import public_id
from switchroom.prepared import Prepared

_OWN_QUEUES = (
    select(QueueAgent.queue_id)
    .join(Agent, col(Agent.id) == col(QueueAgent.agent_id))
    .where(col(Agent.user_id) == USER)
)
_MANAGED_AGENTS = select(QueueAgent.agent_id).where(col(QueueAgent.queue_id).in_(MANAGED_QUEUES))


def _queues(visible: Any) -> Prepared:
    return Prepared(
        select(Queue.id, Queue.name, Queue.call_service_good)
        .where(col(Queue.team_id) == bindparam("team"), visible)
        .order_by(col(Queue.name), col(Queue.id)),
        named=True,
    )


def _agents(visible: Any) -> Prepared:
    return Prepared(
        select(Agent.id, Agent.user_id, Agent.name)
        .where(col(Agent.team_id) == bindparam("team"), visible)
        .order_by(col(Agent.name), col(Agent.id)),
        named=True,
    )


_ALL_QUEUES, _ALL_AGENTS = _queues(true()), _agents(true())
_SEEN_QUEUES = _queues(or_(col(Queue.id).in_(MANAGED_QUEUES), col(Queue.id).in_(_OWN_QUEUES)))
_SEEN_AGENTS = _agents(or_(col(Agent.user_id) == USER, col(Agent.id).in_(_MANAGED_AGENTS)))
_PLACES = Prepared(
    select(QueueAgent.agent_id, QueueAgent.queue_id)
    .join(Agent, col(Agent.id) == col(QueueAgent.agent_id))
    .where(col(Agent.team_id) == bindparam("team"))
)


def team_live(scope: Scope, live: Live, team_id: str) -> Shown:
    """Show the agents, queues and calls that the caller may see. Raises Unavailable while Redis is away."""
    values = {**scope.values, "team": team_id}
    admin = scope.is_admin(team_id)
    queues: Sequence[Any] = (_ALL_QUEUES if admin else _SEEN_QUEUES).rows(scope.session, values)
    agents: Sequence[Any] = (_ALL_AGENTS if admin else _SEEN_AGENTS).rows(scope.session, values)
    queues_of: dict[str, list[str]] = {}
    for agent, queue in _PLACES.rows(scope.session, {"team": team_id}):
        queues_of.setdefault(agent, []).append(public_id(queue))
    agent_views = live.agents(row.id for row in agents)
    queue_views = live.queues(row.id for row in queues)
    calls = may_reach(scope, team_id, live.calls_of(team_id))
    places = live.places_of(calls)
    return {
        "at": show_posix(utcnow().timestamp()),
        "stale": not live.engine_up(),
        "agents": [
            {
                "agent": public_id(row.id),
                "user": public_id(row.user_id),
                "name": row.name,
                "queues": queues_of.get(row.id, []),
                "live": show_state(agent_views.get(row.id)),
            }
            for row in agents
        ],
        "queues": [
            {
                "queue": public_id(row.id),
                "name": row.name,
                "call_service_good": row.call_service_good,
                "live": show_queue(queue_views.get(row.id)),
            }
            for row in queues
        ],
        "calls": [show_call(call, places.get(call.call)) for call in calls],
    }
