"""What agents and members do with conversations as work. The engine decides; clients are told of what it decided."""

from api.core.errors import ValidationFailed
from api.core.scope import Scope
from api.inbox.conversations.service import locked
from api.inbox.errors import NotOffered, NoWork
from api.inbox.work.schemas import WorkTransfer
from models import Agent, Queue, WorkState
from models.conversation import tell_of_conversation
from models.inbox_work import enter_queue, open_work
from models.outbox import emit_command
from switchroom.messages.commands import AnswerWork, TransferWork


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
    if (body.agent_id is None) == (body.queue_id is None):
        raise ValidationFailed(dict.fromkeys(("agent_id", "queue_id"), "Send one of agent_id and queue_id"))
    conversation = locked(scope, body.conversation_id)
    work = open_work(scope.session, conversation.id)
    if body.queue_id is not None:
        queue = scope.named(Queue, body.queue_id, "queue_id", team_id=conversation.team_id)
        if work is None:
            enter_queue(scope.session, conversation, queue.id)
            tell_of_conversation(scope.session, conversation)
        else:
            emit_command(
                scope.session, TransferWork(item=work.id, kind="queue", to=queue.id, by=scope.user_id)
            )
        return
    assert body.agent_id is not None
    agent = scope.named(Agent, body.agent_id, "agent_id", team_id=conversation.team_id)
    if work is None:
        raise NoWork
    emit_command(scope.session, TransferWork(item=work.id, kind="agent", to=agent.id, by=scope.user_id))
