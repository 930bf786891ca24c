"""Conversations as clients see them: two statements, however many there are."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_
from sqlalchemy import select as sa_select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from api.conventions.resource import Shown
from api.core.scope import USER, Scope
from api.telephony.live_views import show_posix
from models import Contact, Conversation, ConversationRead, InboxChannel, InboxMessage, InboxWork, User
from models.among import among
from models.conversation import UNREAD
from models.inbox_contact import show_contact_sender, tags_of
from models.inbox_message import sender_of, show_message
from models.shown import show_time
from switchroom.ids import dashed_id
from switchroom.prepared import Joined

MY_READ = and_(
    col(ConversationRead.conversation_id) == col(Conversation.id), col(ConversationRead.user_id) == USER
)
"""What the caller has read of a conversation: the condition of an outer join."""
IS_WORK = and_(col(InboxWork.conversation_id) == col(Conversation.id), col(InboxWork.closed_at).is_(None))
"""Where the conversation is in the queues: the condition of an outer join."""
_WORK = ("queue_id", "state", "agent_id", "queued_at", "offered_until")
_ASSIGNEE: Any = aliased(User)
_ALL = Joined(
    sa_select(Conversation)
    .join(Contact, col(Contact.id) == col(Conversation.contact_id))
    .join(InboxChannel, col(InboxChannel.id) == col(Conversation.channel_id))
    .join(InboxMessage, col(InboxMessage.id) == col(Conversation.last_message_id))
    .outerjoin(User, col(User.id) == col(InboxMessage.user_id))
    .outerjoin(_ASSIGNEE, _ASSIGNEE.id == col(Conversation.assignee_id))
    .outerjoin(ConversationRead, MY_READ)
    .outerjoin(InboxWork, IS_WORK)
    .where(among(col(Conversation.id), "conversations")),
    *(Conversation, Contact, InboxMessage, User, col(InboxChannel.source), UNREAD, _ASSIGNEE),
    *(col(getattr(InboxWork, name)) for name in _WORK),
)


def show_conversations(scope: Scope, team_id: str, ids: Sequence[str]) -> list[Shown]:
    """Return the conversations with these ids, in their order."""
    if not ids:
        return []
    values = {"conversations": list(ids), "user": scope.user_id}
    # The team is no condition of the statement: SQLite would read all its conversations instead of these.
    rows = [row for row in _ALL.rows(scope.session, values) if row[0].team_id == team_id]
    tags = tags_of(scope.session, list({row[1].id for row in rows}))
    shown = {row[0].id: _show(row, tags.get(row[1].id, [])) for row in rows}
    return [shown[id] for id in ids if id in shown]


def show_member(user: Any) -> Shown | None:
    """Return a member of the organization in short. None: nobody, or they are gone."""
    if user is None:
        return None
    return {"id": dashed_id(user.id), "first_name": user.first_name, "last_name": user.last_name or None}


def _show(row: Any, tags: list[Any]) -> Shown:
    conversation, contact, message, user, source, unread, assignee, *work = row
    snoozed = conversation.snoozed_until
    sender = show_contact_sender(contact, tags)
    said = show_message(message, sender_of(message, user, sender))
    return {
        "id": dashed_id(conversation.id),
        "state": conversation.state,
        "channel": {"id": dashed_id(conversation.channel_id), "name": source},
        "created_at": show_time(conversation.created_at),
        "contact": {
            **{name: sender[name] for name in ("id", "first_name", "last_name", "avatar_url")},
            "tags": [tag["id"] for tag in sender["tags"]] or None,
        },
        "last_message": {
            "id": said["id"],
            "display_text": said["preview"]["display_text"],
            "media_type": said["preview"]["content_type"],
            "sent_at": said["sent_at"],
        },
        "message": said,
        "team_ids": [dashed_id(id) for id in conversation.inbox_team_ids],
        "assignee": show_member(assignee),
        "work": _show_work(*work),
        "snoozed_until": show_time(snoozed) if snoozed else None,
        "unread_message_count": unread,
        "min_unread_message_count": unread,
    }


def show_decisions(session: Session, conversation_id: str) -> list[Shown]:
    """Return why agents were offered the conversation since it last entered the queues, oldest first."""
    newest = select(InboxWork.decisions).where(col(InboxWork.conversation_id) == conversation_id)
    found = session.exec(newest.order_by(col(InboxWork.id).desc()).limit(1)).first() or []
    return [
        {
            **{name: one[name] for name in ("strategy", "wait", "waiting", "free", "position", "passed")},
            "at": show_posix(one["at"]),
            "queue_id": dashed_id(one["queue"]),
            "agent_ids": [dashed_id(id) for id in one["agents"]],
            "next_agent_ids": [dashed_id(id) for id in one["next"]],
        }
        for one in found
    ]


def _show_work(
    queue_id: str | None, state: str, agent_id: str | None, queued_at: datetime, until: datetime | None
) -> Shown | None:
    if queue_id is None:
        return None
    return {
        "queue_id": dashed_id(queue_id),
        "state": state,
        "agent_id": dashed_id(agent_id) if agent_id else None,
        "queued_at": show_time(queued_at),
        "offered_until": show_time(until) if until else None,
    }
