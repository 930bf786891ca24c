"""Setting an agent's status: the rows and the messages to the engine are one transaction, so that neither gets lost.

The engine offers a queue's call to an agent who is `Available` overall and has no other status in that queue. So
`Available` for one queue also makes the agent available overall, and keeps their other queues as they were.
"""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from api.core.errors import ValidationFailed
from api.telephony.agents.schemas import StatusSet
from models import Agent, QueueAgent
from models.outbox import emit_command
from routing.events import AgentStatus
from switchroom.messages.commands import SetAgentStatus

AVAILABLE = AgentStatus.AVAILABLE.value


def set_status(session: Session, agent: Agent, body: StatusSet, by: str) -> None:
    """Set the status overall (in all queues) or for one queue. Raises ValidationFailed if the agent is not in it."""
    places = session.exec(select(QueueAgent).where(col(QueueAgent.agent_id) == agent.id)).all()
    if body.queue is None:
        for place in places:
            if place.status is not None:
                _set_place(session, place, AVAILABLE, "", by)
        _set_overall(session, agent, body.status.value, body.reason, by)
        return
    wanted = next((place for place in places if place.queue_id == body.queue), None)
    if wanted is None:
        raise ValidationFailed({"queueId": "The agent is not in this queue"})
    if body.status is AgentStatus.AVAILABLE:
        _free_elsewhere(session, agent, places, wanted, by)
    _set_place(session, wanted, body.status.value, body.reason, by)


def _free_elsewhere(
    session: Session, agent: Agent, places: Sequence[QueueAgent], wanted: QueueAgent, by: str
) -> None:
    """Make the agent available overall, but not for calls of queues for which they did not ask."""
    if agent.status != AVAILABLE:
        for place in places:
            if place is not wanted and place.status is None:
                _set_place(session, place, agent.status, agent.reason, by)
    _set_overall(session, agent, AVAILABLE, "", by)


def _set_overall(session: Session, agent: Agent, status: str, reason: str, by: str) -> None:
    agent.status, agent.reason = status, reason
    session.add(agent)
    _tell(session, agent.id, None, status, reason, by)


def _set_place(session: Session, place: QueueAgent, status: str, reason: str, by: str) -> None:
    """Set the status in one queue. `Available` is stored as no status of its own: as overall."""
    own = None if status == AVAILABLE else status
    place.status, place.reason = own, reason if own else ""
    session.add(place)
    _tell(session, place.agent_id, place.queue_id, status, reason, by)


def _tell(session: Session, agent: str, queue: str | None, status: str, reason: str, by: str) -> None:
    emit_command(session, SetAgentStatus(agent=agent, status=status, queue=queue, reason=reason, by=by))
