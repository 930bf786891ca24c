"""What agents and members do with conversations as work. The engine decides; clients are told of what it decided."""

from sqlmodel import col, select

from api.conventions.resource import Shown
from api.core.errors import ValidationFailed
from api.core.scope import Scope
from api.inbox.conversations.service import locked
from api.inbox.conversations.views import show_conversations
from api.inbox.errors import NotOffered, NoWork
from api.inbox.organization import organization
from api.inbox.work.schemas import WorkTransfer
from models import Agent, InboxWork, Queue, WorkState
from models.inbox_work import enter_queue, open_work
from models.outbox import emit_command
from models.shown import show_time
from switchroom.ids import dashed_id
from switchroom.messages.commands import AnswerWork, TransferWork


def offers(scope: Scope, team_id: str) -> list[Shown]:
    """Return what the caller is offered, the longest first. Raises NotFound."""
    team = organization(scope, team_id)
    mine = (
        select(InboxWork)
        .join(Agent, col(Agent.id) == col(InboxWork.agent_id))
        .where(
            col(InboxWork.team_id) == team,
            col(InboxWork.closed_at).is_(None),
            col(InboxWork.state) == WorkState.OFFERED.value,
            col(Agent.user_id) == scope.user_id,
        )
        .order_by(col(InboxWork.offered_until), col(InboxWork.id))
    )
    found = scope.session.exec(mine).all()
    shown = {
        one["id"]: one for one in show_conversations(scope, team, [work.conversation_id for work in found])
    }
    return [
        {
            "conversation_id": one["id"],
            "queue_id": dashed_id(work.queue_id),
            "agent_id": dashed_id(work.agent_id),
            "offered_until": show_time(work.offered_until),
            **{name: one[name] for name in ("channel", "contact", "last_message")},
        }
        for work in found
        if (one := shown.get(dashed_id(work.conversation_id))) and work.agent_id and work.offered_until
    ]


def answer(scope: Scope, id: str, *, accept: bool) -> None:
    """Accept or decline the conversation that the caller is offered. Raises NotFound, NotOffered."""
    conversation = locked(scope, id)
    work = open_work(scope.session, conversation.id)
    agent = None if work is None or work.agent_id is None else scope.session.get(Agent, work.agent_id)
    if work is None or work.state != WorkState.OFFERED.value:
        raise NotOffered
    if agent is None or agent.user_id != scope.user_id:
        raise NotOffered
    emit_command(scope.session, AnswerWork(item=work.id, agent=agent.id, accept=accept))


def transfer(scope: Scope, body: WorkTransfer) -> None:
    """Give the conversation to an agent, or let it wait in a queue. Raises NotFound, ValidationFailed, NoWork."""
    kind, to = ("agent", body.agent_id) if body.queue_id is None else ("queue", body.queue_id)
    if to is None or (body.agent_id is not None and kind == "queue"):
        raise ValidationFailed(dict.fromkeys(("agent_id", "queue_id"), "Send one of agent_id and queue_id"))
    conversation = locked(scope, body.conversation_id)
    scope.named(Agent if kind == "agent" else Queue, to, f"{kind}_id", team_id=conversation.team_id)
    work = open_work(scope.session, conversation.id)
    if work is not None:
        emit_command(scope.session, TransferWork(item=work.id, kind=kind, to=to, by=scope.user_id))
    elif kind == "queue":
        enter_queue(scope.session, conversation, to)
    else:
        raise NoWork
