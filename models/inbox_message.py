"""Messages of the customer inbox. `receive` stores what a contact sent, exactly once; `reply` what a member sends."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, Session, col, select

from models.base import ChangingRow, json_field, time_field, utcnow
from models.contact import Contact
from models.conversation import (
    Conversation,
    ConversationState,
    count_message,
    see_conversation,
    tell_of_conversation,
    tell_of_unread,
)
from models.inbox_channel import InboxChannel
from models.inbox_contact import contact_of, contact_sender
from models.inbox_deleted import remember_deleted, was_deleted
from models.inbox_file import await_files, claim_files, show_attachment
from models.inbox_saved_reply import fill_known, known_values
from models.inbox_settings import settings_of
from models.inbox_survey import take_answer
from models.inbox_team import teams_that_want
from models.inbox_webhook import queue_delivery
from models.inbox_work import enter_queue, open_work
from models.outbox import OutboxKind, emit, emit_event
from models.shown import show_time
from models.team import Team, local_day
from models.user import User
from switchroom.ids import dashed_id
from switchroom.inbox import (
    LONGEST_TEXT,
    MEDIA_TYPES,
    MOST_RECEIVED,
    DeliveryState,
    Inbound,
    Receipt,
)
from switchroom.messages.events import to_team
from switchroom.messages.outbox import JobRequest


class InboxMessage(ChangingRow, table=True):
    """`number` counts the messages of the conversation from 1.

    What a source sends twice has the same `provider_id`, so it is stored once.
    """

    __tablename__ = "inbox_messages"
    __table_args__ = (
        UniqueConstraint("conversation_id", "number"),
        UniqueConstraint("channel_id", "provider_id"),
        Index("ix_inbox_messages_due_at", "due_at"),
        Index("ix_inbox_messages_conversation_id_created_at_id", "conversation_id", "created_at", "id"),
        Index("ix_inbox_messages_channel_id_created_at", "channel_id", "created_at"),
    )

    conversation_id: str = Field(foreign_key="conversations.id", max_length=32, ondelete="CASCADE")
    channel_id: str = Field(foreign_key="inbox_channels.id", max_length=32, ondelete="CASCADE")
    number: int
    inbound: bool
    """Whether the contact sent it."""
    user_id: str | None = Field(default=None, foreign_key="users.id", max_length=32, ondelete="SET NULL")
    """The member who sent it."""
    text: str = ""
    correlation: str | None = Field(default=None, max_length=1000)
    """What the sending client knows it by: `metadata`."""
    attachments: list[dict[str, Any]] = json_field(list)
    state: str = Field(default=DeliveryState.RECEIVED.value, max_length=10)
    problem: str | None = Field(default=None, max_length=300)
    """Why it was not delivered."""
    provider_id: str | None = Field(default=None, max_length=255)
    """The source's id of it."""
    sent_at: datetime = time_field(nullable=False)
    """When the contact sent it, as the source says; of ours, when the member did."""
    attempted_at: datetime | None = time_field()
    """When a worker first asked the source to send it. The source may have it without our hearing of it."""
    attempts: int = 0
    due_at: datetime | None = time_field()
    """When a worker sends it. None: there is nothing to send."""


def receive(session: Session, channel: InboxChannel, told: Inbound) -> InboxMessage | None:
    """Store a message that the contact sent to the channel, and tell clients. None: it was stored before, also
    if it was deleted since.

    Raises IntegrityError if another transaction stores the same message, or the contact's first one, at this moment:
    then do it again in a new transaction.
    """
    same = select(InboxMessage.id).where(
        col(InboxMessage.channel_id) == channel.id, col(InboxMessage.provider_id) == told.provider_id
    )
    # In this order: who deletes it, remembers it in the same transaction.
    if session.exec(same).first() is not None or was_deleted(session, channel.id, told.provider_id):
        return None
    now = utcnow()
    conversation = _conversation(session, channel, told, now)
    state = conversation.state
    message = InboxMessage(
        conversation_id=conversation.id,
        channel_id=channel.id,
        number=0,
        inbound=True,
        text=told.text[:LONGEST_TEXT],
        attachments=told.attachments[:MOST_RECEIVED],
        provider_id=told.provider_id,
        sent_at=told.sent_at,
    )
    message.number = count_message(session, conversation, message.id, now, inbound=True)
    session.add(message)
    contact = session.get_one(Contact, conversation.contact_id)
    conversation.inbox_team_ids = teams_that_want(session, conversation, contact)
    session.flush()
    claim_files(session, message.id, message.attachments)
    await_files(session, channel.team_id, message.id, message.attachments)
    _tell(session, "created", conversation, message)
    tell_of_unread(session, conversation)
    _answer(session, conversation, message, state)
    return message


def remember_messages(session: Session, which: Any) -> None:
    """Note that the messages of contacts that meet a condition are deleted in this transaction: `receive` takes none of
    them again."""
    named = select(InboxMessage.channel_id, InboxMessage.provider_id).where(
        which, col(InboxMessage.inbound), col(InboxMessage.provider_id).is_not(None)
    )
    remember_deleted(session, ((channel, id) for channel, id in session.exec(named) if id))


def _answer(session: Session, conversation: Conversation, message: InboxMessage, state: str) -> None:
    """Do what the channel's settings say about the contact's message. `state`: the conversation's, before it came."""
    settings = settings_of(session, conversation.channel_id)
    if take_answer(session, conversation, message.text):
        # A score is no new request.
        conversation.state = state
        tell_of_conversation(session, conversation)
        if settings is not None and settings.survey_thanks:
            reply_by_rule(session, conversation, settings.survey_thanks)
        return
    if settings is None:
        return
    opens = message.number == 1 or state == ConversationState.CLOSED.value
    if opens and settings.queue_id and open_work(session, conversation.id) is None:
        enter_queue(session, conversation, settings.queue_id)
    if settings.hours and settings.closed_reply:
        job = JobRequest(name="answer_when_closed", args=[message.id])
        emit(session, OutboxKind.JOB, job.model_dump())


def _conversation(session: Session, channel: InboxChannel, told: Inbound, now: datetime) -> Conversation:
    known = select(Conversation).where(
        col(Conversation.channel_id) == channel.id, col(Conversation.external_id) == told.external_id
    )
    found = session.exec(known).first()
    if found is not None:
        return found
    contact = contact_of(session, channel, told.sender, told.sender_name)
    made = Conversation(
        team_id=channel.team_id,
        channel_id=channel.id,
        contact_id=contact.id,
        external_id=told.external_id,
        last_message_at=now,
        created_day=local_day(session, channel.team_id, now),
    )
    session.add(made)
    session.flush()
    return made


def reply(
    session: Session,
    conversation: Conversation,
    user_id: str | None,
    *,
    text: str,
    attachments: list[dict[str, Any]],
    correlation: str | None = None,
) -> InboxMessage:
    """Store a message to the contact, tell clients, and let a worker send it after the commit.

    Its sender has read the conversation then. `user_id` None: nobody sent it, a rule of the organization did.
    """
    now = utcnow()
    message = InboxMessage(
        conversation_id=conversation.id,
        channel_id=conversation.channel_id,
        number=0,
        inbound=False,
        user_id=user_id,
        text=text,
        correlation=correlation,
        attachments=attachments,
        state=DeliveryState.PENDING.value,
        sent_at=now,
        due_at=now,
    )
    message.number = count_message(session, conversation, message.id, now, inbound=False)
    session.add(message)
    session.flush()
    claim_files(session, message.id, attachments)
    _tell(session, "created", conversation, message)
    if user_id is not None:
        see_conversation(session, conversation, user_id)
    emit(session, OutboxKind.JOB, JobRequest(name="send_inbox_message", args=[message.id]).model_dump())
    return message


def reply_by_rule(session: Session, conversation: Conversation, text: str) -> InboxMessage:
    """Send a text that the organization has prepared, with its placeholders filled."""
    contact = session.get_one(Contact, conversation.contact_id)
    team = session.get_one(Team, conversation.team_id)
    said, _ = fill_known(text, known_values(contact, team.team_name))
    return reply(session, conversation, None, text=said[:LONGEST_TEXT], attachments=[])


def take_receipt(session: Session, channel: InboxChannel, receipt: Receipt) -> InboxMessage | None:
    """Note what the source says about a message of ours, and tell clients. None: it is not known, or was known already.

    What was delivered does not become pending again: receipts may arrive in any order.
    """
    of_channel = select(InboxMessage).where(
        col(InboxMessage.channel_id) == channel.id, col(InboxMessage.inbound).is_(False)
    )
    named = col(InboxMessage.provider_id) == receipt.provider_id
    message = session.exec(of_channel.where(named).with_for_update()).first()
    if message is None and receipt.message_id is not None:
        ours = of_channel.where(
            col(InboxMessage.id) == receipt.message_id, col(InboxMessage.provider_id).is_(None)
        )
        message = session.exec(ours.with_for_update()).first()
    if message is None:
        return None
    # The source has it, also if the worker did not live to note this.
    message.provider_id, message.due_at = receipt.provider_id, None
    if _RANK[receipt.state] > _RANK[DeliveryState(message.state)]:
        set_state(session, message, receipt.state, receipt.problem)
        return message
    return None


_RANK = {
    DeliveryState.PENDING: 0,
    DeliveryState.DELIVERED: 1,
    DeliveryState.FAILED: 2,
    DeliveryState.RECEIVED: 3,
}


def set_state(session: Session, message: InboxMessage, state: DeliveryState, problem: str = "") -> None:
    """Set what became of a message of ours, and tell clients."""
    message.state, message.problem = state.value, problem[:300] or None
    if state is not DeliveryState.PENDING:
        message.due_at = None
    session.add(message)
    tell_of_change(session, message)


def tell_of_change(session: Session, message: InboxMessage) -> None:
    """Tell clients and the organization's webhook that a message was changed."""
    session.flush()
    _tell(session, "updated", session.get_one(Conversation, message.conversation_id), message)


def _tell(session: Session, verb: str, conversation: Conversation, message: InboxMessage) -> None:
    """Tell clients and the organization's webhook of a message."""
    told = {
        "conversation_id": dashed_id(conversation.id),
        "channel_id": dashed_id(conversation.channel_id),
        "message": show_message(message, _sender(session, conversation, message)),
    }
    emit_event(session, "inbox_message", verb, message.id, told, to_team(conversation.team_id))
    queue_delivery(
        session, conversation.team_id, conversation.id, f"message.{verb}", conversation.inbox_team_ids, told
    )


def _sender(session: Session, conversation: Conversation, message: InboxMessage) -> dict[str, Any] | None:
    """Return the message's sender as clients see them."""
    if message.inbound:
        return contact_sender(session, session.get_one(Contact, conversation.contact_id))
    user = session.get(User, message.user_id) if message.user_id else None
    return show_user_sender(user) if user else None


def show_user_sender(user: Any) -> dict[str, Any]:
    """Return a member, or a row of their columns, as the sender of a message."""
    return {
        "id": dashed_id(user.id),
        "first_name": user.first_name,
        "last_name": user.last_name or None,
        "avatar_url": user.avatar,
        "tags": [],
    }


def show_message(message: Any, sender: dict[str, Any] | None) -> dict[str, Any]:
    """Return a message, or a row of its columns, as clients see it."""
    return {
        "id": dashed_id(message.id),
        "text": message.text,
        "metadata": message.correlation,
        "attachments": [show_attachment(one) for one in message.attachments],
        "offset": message.number,
        "sender": sender,
        "alignment": "LEFT" if message.inbound else "RIGHT",
        "sent_at": show_time(message.sent_at),
        "state": message.state,
        "problem": message.problem,
        "preview": preview_of(message.text, message.attachments),
    }


def sender_of(message: Any, user: Any, contact: dict[str, Any]) -> dict[str, Any] | None:
    """Return who wrote a message as clients see them: the contact, or a member (see `show_user_sender`). None: a rule
    of the organization."""
    if message.inbound:
        return contact
    return show_user_sender(user) if user else None


def preview_of(text: str, attachments: list[dict[str, Any]]) -> dict[str, str]:
    """Return what a list shows of a message, in one line."""
    if text or not attachments:
        return {"display_text": " ".join(text.split())[:200], "content_type": "text/plain"}
    first = attachments[0]
    title = (first.get("payload") or {}).get("title") or first["type"].capitalize()
    return {"display_text": str(title)[:200], "content_type": MEDIA_TYPES.get(first["type"], "text/plain")}
