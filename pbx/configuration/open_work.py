"""The conversations that agents are to look after, for an engine that starts without a snapshot."""

from sqlalchemy import func
from sqlmodel import Session, col, select

from models import Conversation, InboxWork, InboxWorkStay, WorkState
from routing.events import WorkEntered
from routing.ids import AgentId, CallId, QueueId, TeamId


def open_work(db: Session) -> tuple[WorkEntered, ...]:
    """Return what is not closed, in the order in which it entered its queue. An offer of the engine before is over."""
    stays = (
        select(func.count())
        .select_from(InboxWorkStay)
        .where(col(InboxWorkStay.item_id) == col(InboxWork.id), col(InboxWorkStay.left_at).is_not(None))
        .correlate(InboxWork)
        .scalar_subquery()
    )
    found = (
        select(InboxWork, col(Conversation.contact_id), stays)
        .join(Conversation, col(Conversation.id) == col(InboxWork.conversation_id))
        .where(col(InboxWork.closed_at).is_(None))
        .order_by(col(InboxWork.queued_at), col(InboxWork.id))
    )
    return tuple(
        WorkEntered(
            CallId(row.id),
            TeamId(row.team_id),
            QueueId(row.queue_id),
            contact,
            since=row.queued_at.timestamp(),
            agent=AgentId(row.agent_id) if row.state == WorkState.ACCEPTED and row.agent_id else None,
            stays=number,
        )
        for row, contact, number in db.execute(found).all()
    )
