"""Conversations as work: the engine's records written into the database. Each record may come twice."""

from collections.abc import Iterable

from sqlmodel import Session

from models import Agent, Conversation, InboxWork, InboxWorkStay, WorkState
from models.conversation import tell_of_conversation
from models.outbox import emit_command, emit_event
from models.shown import show_time
from switchroom.ids import dashed_id
from switchroom.messages.commands import CloseWork
from switchroom.messages.events import to_user
from switchroom.messages.records import StayRecord, WorkEntry, WorkOfferEntry, WorkOfferRecord, WorkRecord
from workers.records.rows import time, work_stay


def write_work(db: Session, entries: Iterable[WorkEntry | WorkOfferEntry]) -> int:
    """Do what these records say, in their order. Return how many changed something."""
    return sum(
        _offer(db, entry.record) if isinstance(entry, WorkOfferEntry) else _changed_hands(db, entry.record)
        for entry in entries
    )


def _offer(db: Session, record: WorkOfferRecord) -> bool:
    """Note that an agent is offered the conversation, or not any more, and tell their clients."""
    row = _locked(db, record.item)
    if row is None:
        # The conversation was deleted, and nobody can accept it.
        emit_command(db, CloseWork(item=record.item))
        return False
    offered = (WorkState.OFFERED.value, record.agent, None if record.until is None else time(record.until))
    if record.until is None:
        if (row.state, row.agent_id) == offered[:2]:
            row.state, row.agent_id, row.offered_until = WorkState.WAITING.value, None, None
    elif row.closed_at is not None or (row.state, row.agent_id, row.offered_until) == offered:
        return False
    else:
        row.state, row.agent_id, row.offered_until = offered
    db.add(row)
    _tell(db, row, record)
    return True


def _locked(db: Session, item: str) -> InboxWork | None:
    """Return the row, locked as the api locks it: after its conversation."""
    row = db.get(InboxWork, item)
    if row is not None:
        db.flush()
        db.get(Conversation, row.conversation_id, with_for_update=True, populate_existing=True)
        row = db.get(InboxWork, item, with_for_update=True, populate_existing=True)
    return row


def _tell(db: Session, row: InboxWork, record: WorkOfferRecord) -> None:
    agent = db.get(Agent, record.agent)
    if agent is None:
        return
    told = {
        "conversation_id": dashed_id(row.conversation_id),
        "queue_id": dashed_id(row.queue_id),
        "agent_id": dashed_id(record.agent),
        "offered_until": None if record.until is None else show_time(time(record.until)),
    }
    verb = "withdrawn" if record.until is None else "offered"
    emit_event(db, "inbox_work", verb, row.id, told, to_user(agent.user_id, team=row.team_id))


def _changed_hands(db: Session, record: WorkRecord) -> bool:
    """Note who has the conversation now, and what its stays were. Its assignee is the agent who accepted it."""
    changed = sum([_stay(db, stay, record.team) for stay in record.stays]) > 0
    row = _locked(db, record.item)
    if row is None:
        return changed
    row.decisions = record.decisions or row.decisions
    db.add(row)
    return (row.closed_at is None and _move(db, row, record)) or changed


def _move(db: Session, row: InboxWork, record: WorkRecord) -> bool:
    at, waits = time(record.at), record.state == WorkState.WAITING.value
    if (row.state, row.agent_id) == (record.state, record.agent) and (not waits or row.queued_at == at):
        return False
    row.queue_id, row.state, row.agent_id, row.offered_until = record.queue, record.state, record.agent, None
    if record.state == WorkState.CLOSED.value:
        row.closed_at = at
        return True
    if waits:
        row.queued_at = at
    _assign(db, row)
    return True


def _assign(db: Session, row: InboxWork) -> None:
    """Let the conversation's assignee be the agent who has it, and tell the organization's clients."""
    conversation = db.get(Conversation, row.conversation_id)
    agent = db.get(Agent, row.agent_id) if row.agent_id else None
    assignee = agent.user_id if agent is not None else None
    if conversation is not None and conversation.assignee_id != assignee:
        conversation.assignee_id = assignee
        db.add(conversation)
        tell_of_conversation(db, conversation)


def _stay(db: Session, record: StayRecord, team: str) -> bool:
    """Write the stay, or what became of it. Return whether that was new."""
    row, values = db.get(InboxWorkStay, (record["call"], record["number"])), work_stay(record, team)
    if row is None:
        db.add(InboxWorkStay(**values))
        return True
    changed = any(getattr(row, name) != value for name, value in values.items())
    for name, value in values.items():
        setattr(row, name, value)
    return changed
