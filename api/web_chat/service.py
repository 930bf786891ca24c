"""What visitors do."""

from collections.abc import Sequence
from typing import Any

from sqlmodel import Session, col, select

from api.core.context import Context
from api.core.errors import NotFound, Unauthenticated, ValidationFailed
from api.core.quotas import require_storage
from api.core.uploads.upload import Received, kept
from api.inbox.hooks.routes import store
from api.web_chat.schemas import MessageOfVisitor, NoFields
from api.web_chat.visitors import OpenChat, Visitor, make_token, new_visitor, read_token
from models import InboxFile, InboxMessage, User, utcnow
from models.inbox_file import FileTaken, attachment_of, kind_of, link_of
from models.inbox_settings import settings_of
from models.inbox_web_chat import conversation_of, messages_after, shown_to_visitor, tell_of_typing
from models.shown import show_time
from routing.config import OpeningHours
from routing.expressions.opening_hours import is_open
from switchroom.ids import parse_id, public_id
from switchroom.inbox import Inbound
from switchroom.storage import Storage

MOST = 50
"""Messages in one answer."""
_FILES = {"files": "Must be files that you uploaded and did not send yet"}
Json = dict[str, Any]


def open_session(context: Context, open: OpenChat, token: str | None) -> Json:
    """Return how the chat looks, and a token: for the visitor whom the given one names, else for a new one."""
    visitor = new_visitor(open.channel.id)
    if token:
        try:
            visitor = read_token(context.settings, token, open.channel.id)
        except Unauthenticated:
            visitor = new_visitor(open.channel.id)
    chat = open.chat
    settings = context.read(lambda session: settings_of(session, open.channel.id))
    hours = OpeningHours(**settings.hours) if settings is not None and settings.hours else None
    return {
        "token": make_token(context.settings, visitor),
        **{name: getattr(chat, name) for name in ("title", "color", "greeting", "away")},
        "open": is_open(hours, utcnow().timestamp()),
        "megabytes": context.settings.inbox_attachment_megabytes,
    }


def say(context: Context, visitor: Visitor, body: MessageOfVisitor) -> None:
    """Store what the visitor says, once. Raises ValidationFailed (files), Unavailable."""
    ids = [id for id in map(parse_id, body.files) if id]
    provider_id = f"{visitor.id}:{body.id}"

    def attachments(session: Session) -> list[Json] | None:
        same = select(InboxMessage.id).where(
            col(InboxMessage.channel_id) == visitor.channel_id, col(InboxMessage.provider_id) == provider_id
        )
        if session.exec(same).first() is not None:
            return None
        mine = select(InboxFile).where(
            col(InboxFile.id).in_(ids),
            col(InboxFile.visitor) == visitor.id,
            col(InboxFile.message_id).is_(None),
        )
        found = {row.id: row for row in session.exec(mine)}
        if len(set(ids)) < len(ids) or set(ids) - set(found):
            raise ValidationFailed(_FILES)
        return [attachment_of(found[id]) for id in ids]

    enclosed = context.read(attachments)
    if enclosed is not None:
        told = Inbound(
            provider_id, visitor.id, body.text, utcnow(), sender_name=body.name, attachments=enclosed
        )
        try:
            store(context, visitor.channel_id, told)
        except FileTaken:  # by another message of this moment
            raise ValidationFailed(_FILES) from None


def keep(
    context: Context, session: Session, open: OpenChat, visitor: Visitor, received: Received[NoFields]
) -> InboxFile:
    """Keep a file that the visitor uploaded. Raises Conflict if the organization's quota is used up."""
    kept(session, received.id)
    file = InboxFile(team_id=open.channel.team_id, visitor=visitor.id, name=received.name, **received.columns)
    session.add(file)
    session.flush()
    require_storage(session, context.settings, open.channel.team_id)
    return file


def seen(session: Session, visitor: Visitor, number: int) -> None:
    """Note what the page has shown."""
    conversation = conversation_of(session, visitor.channel_id, visitor.id)
    if conversation is None:
        raise NotFound("conversation")
    shown_to_visitor(session, conversation, number)


def types(session: Session, visitor: Visitor) -> None:
    """Tell the organization's clients that the visitor types. Nobody is told before the first message."""
    conversation = conversation_of(session, visitor.channel_id, visitor.id)
    if conversation is not None:
        tell_of_typing(session, conversation, None)


def news(session: Session, storage: Storage, visitor: Visitor, after: int) -> tuple[str | None, Json]:
    """Return the conversation's id, if there is one, and what is behind the cursor."""
    conversation = conversation_of(session, visitor.channel_id, visitor.id)
    rows = messages_after(session, conversation.id, after, MOST) if conversation is not None else []
    names = _names(session, [row.user_id for row in rows if row.user_id])
    return conversation.id if conversation is not None else None, {
        "messages": [_show(storage, row, names) for row in rows],
        "cursor": rows[-1].number if rows else after,
        "typing": False,
        "more": len(rows) == MOST,
    }


def _names(session: Session, ids: Sequence[str]) -> dict[str, str]:
    if not ids:
        return {}
    return dict(session.exec(select(User.id, User.first_name).where(col(User.id).in_(ids))).all())


def _show(storage: Storage, row: InboxMessage, names: dict[str, str]) -> Json:
    return {
        "number": row.number,
        "mine": (row.provider_id or "").partition(":")[2] if row.inbound else None,
        "text": row.text,
        "sender": names.get(row.user_id or ""),
        "sent_at": show_time(row.sent_at),
        "files": [_file(storage, one) for one in row.attachments],
    }


def _file(storage: Storage, attachment: Json) -> Json:
    payload = attachment["payload"]
    id = payload.get("file_id")
    url = link_of(storage, id, payload["title"], payload["media_type"]) if id else payload.get("url")
    return {
        "id": public_id(id) if id else "",
        "type": attachment["type"],
        "name": payload.get("title") or attachment["type"].capitalize(),
        "url": url,
    }


def show_file(storage: Storage, file: InboxFile) -> Json:
    """Return an uploaded file as the visitor sees it."""
    url = link_of(storage, file.id, file.name, file.type)
    return {"id": public_id(file.id), "type": kind_of(file.type).value, "name": file.name, "url": url}
