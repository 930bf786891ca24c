"""What an agent's screen shows: their state, their call, and how their queues stand."""

from typing import Any

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from api.telephony.agents.views import show_state
from api.telephony.live_views import Live, show_call, show_queue
from models import Agent, Queue, QueueAgent
from switchroom.ids import public_id
from switchroom.prepared import Prepared


def agent_live(session: Session, live: Live, agent: Agent) -> dict[str, Any]:
    """Show the agent's status, current call and queues.

    `stale`: no engine is at work, and this is what was known last.
    """
    view = live.agent(agent.id)
    nothing = {
        "status": agent.status,
        "reason": agent.reason,
        "state": None,
        "since": None,
        "registered": None,
    }
    state = show_state(view) or nothing
    call = live.call(view.call) if view and view.call else None
    places = live.places_of([call] if call else [])
    return {
        "agent": public_id(agent.id),
        "team": public_id(agent.team_id),
        "name": agent.name,
        **state,
        "call": show_call(call, places.get(call.call)) if call else None,
        "stale": not live.engine_up(),
        "queues": _queues(session, live, agent),
    }


def _queues(session: Session, live: Live, agent: Agent) -> list[dict[str, Any]]:
    rows = _PLACES.rows(session, {"agent": agent.id})
    views = live.queues(row.id for row in rows)
    return [
        {
            "queue": public_id(row.id),
            "name": row.name,
            "status": row.status or agent.status,
            **show_queue(views.get(row.id)),
        }
        for row in rows
    ]


_PLACES = Prepared(
    select(Queue.id, Queue.name, QueueAgent.status)
    .select_from(QueueAgent)
    .join(Queue, col(Queue.id) == col(QueueAgent.queue_id))
    .where(col(QueueAgent.agent_id) == bindparam("agent"))
    .order_by(col(Queue.name), col(Queue.id)),
    named=True,
)
