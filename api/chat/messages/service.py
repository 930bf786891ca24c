"""What is done with messages, and who may do it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from api.chat.chats.service import members_named, require_member, require_open
from api.chat.messages.schemas import Forward, MessageEdit, NewMark, NewMessage, SentType
from api.core.context import Context
from api.core.errors import Forbidden, NotFound, ValidationFailed
from api.core.quotas import count_message
from api.core.scope import USER, VISIBLE_CHATS, VISIBLE_FILES, Scope
from models import (
    CallLog,
    Chat,
    ChatUser,
    File,
    Message,
    MessageLink,
    MessageMark,
    MessageTranslation,
    Team,
    User,
    WorkspaceEvent,
    WorkspaceEventType,
    utcnow,
)
from models.among import among
from models.chat_user import the_private_chat
from models.message import links_of, post, tell_of_message
from models.telling import tell
from models.workspace_event import add_workspace_events, tell_of_workspace_event
from switchroom.ids import parse_id, public_id
from switchroom.languages import base_language, language_of
from switchroom.message_bodies import links_in, mentions_in, without_mentions
from switchroom.prepared import Prepared
from switchroom.texts import is_visible

_PLACE = Prepared(
    VISIBLE_CHATS.join(Team, col(Team.id) == col(Chat.team_id))
    .join(User, col(User.id) == USER)
    .where(col(Chat.id) == bindparam("chat"))
    .with_only_columns(
        col(Chat.id),
        col(Chat.team_id),
        col(Chat.archived_at),
        col(User.language),
        col(Team.quotas),
        maintain_column_froms=True,
    ),
    named=True,
)
"""The chat that a message goes to, with what is asked of its team and of its sender."""
_IN_CHAT = Prepared(
    select(ChatUser.user_id).where(
        col(ChatUser.chat_id) == bindparam("chat"), among(ChatUser.user_id, "users")
    )
)
_ROOMS = Prepared(
    VISIBLE_CHATS.where(among(Chat.id, "rooms"), col(Chat.team_id) == bindparam("team")).with_only_columns(
        col(Chat.id), maintain_column_froms=True
    )
)


def send(
    scope: Scope, context: Context, chat_id: str, body: NewMessage, *, thread: str | None = None
) -> Message:
    """Send a message to a chat that the caller is in; `thread`: the id of the message that it answers.

    Raises NotFound, Conflict (archived), RateLimited (the team's quota), ValidationFailed.
    """
    language = language_of(body.body)  # The model works before the transaction begins.
    place = _place(scope, chat_id)
    count_message(context, place.team_id, place.quotas)
    message = Message(
        chat_id=place.id,
        number=0,
        from_id=scope.user_id,
        type=body.type.value,
        body=body.body,
        language=language or base_language(place.language),
        thread_id=None if thread is None else _root(scope, place.id, thread),
        call_id=None if body.call is None else _call(scope, place.team_id, body.call),
        file_id=None if body.file is None else _file(scope, place.team_id, body.file),
    )
    return _post(scope, place.team_id, message)


def _place(scope: Scope, chat_id: str) -> Any:
    found = parse_id(chat_id)
    rows = _PLACE.rows(scope.session, {**scope.values, "chat": found}) if found else ()
    if not rows:
        raise NotFound("chat")
    require_open(rows[0])
    return rows[0]


def _post(scope: Scope, team_id: str, message: Message) -> Message:
    """Write the message and the workspace events of those whom it mentions."""
    users = _resolve_mentions(scope, team_id, message)
    post(scope.session, message)
    _tell_mentioned(scope, team_id, message, users)
    return message


def _resolve_mentions(scope: Scope, team_id: str, message: Message) -> list[str]:
    """Note the users and the chats that the message mentions, and return the users' ids.

    Only users who are in the chat count, and only chats that the sender sees.
    """
    users, rooms = mentions_in(message.body)
    session = scope.session
    if users:
        found = {row[0] for row in _IN_CHAT.rows(session, {"chat": message.chat_id, "users": users})}
        users = [user for user in users if user in found]
    if rooms:
        seen = {row[0] for row in _ROOMS.rows(session, {**scope.values, "rooms": rooms, "team": team_id})}
        rooms = [room for room in rooms if room in seen]
    message.user_mentions = [public_id(user) for user in users]
    message.room_mentions = [public_id(room) for room in rooms]
    return users


def _tell_mentioned(scope: Scope, team_id: str, message: Message, users: Sequence[str]) -> None:
    others = [user for user in users if user != message.from_id]
    if others:
        tell(
            scope.session,
            team_id,
            others,
            WorkspaceEventType.MENTION,
            "You were mentioned",
            without_mentions(message.body),
            chat_id=message.chat_id,
            message_id=message.id,
        )


def get(scope: Scope, chat: Chat, text: str) -> Message:
    """Return a message of the chat. Raises NotFound."""
    found = parse_id(text)
    message = None if found is None else scope.session.get(Message, found)
    if message is None or message.chat_id != chat.id:
        raise NotFound("message")
    return message


def _root(scope: Scope, chat_id: str, text: str) -> str:
    """Return the id of the message that begins the thread. A reply to a reply is of the same thread."""
    found = parse_id(text)
    rows = _ROOT.rows(scope.session, {"message": found, "chat": chat_id}) if found else ()
    if not rows:
        raise NotFound("message")
    own, thread = rows[0]
    return str(thread or own)


_ROOT = Prepared(
    select(Message.id, Message.thread_id).where(
        col(Message.id) == bindparam("message"), col(Message.chat_id) == bindparam("chat")
    )
)


def _call(scope: Scope, team_id: str, call_id: str) -> str:
    found = scope.session.exec(select(CallLog.id).where(CallLog.id == call_id, CallLog.team_id == team_id))
    if scope.is_guest(team_id) or found.first() is None:
        raise ValidationFailed({"call": "No such call of this team"})
    return call_id


def _file(scope: Scope, team_id: str, file_id: str) -> str:
    """Return the id of a file of this team that the caller sees. Raises ValidationFailed."""
    if not _SEEN_FILE.rows(scope.session, {**scope.values, "file": file_id, "team": team_id}):
        raise ValidationFailed({"file": "No such file in this team"})
    return file_id


_SEEN_FILE = Prepared(
    VISIBLE_FILES.where(
        col(File.id) == bindparam("file"), col(File.team_id) == bindparam("team")
    ).with_only_columns(col(File.id), maintain_column_froms=True)
)


def edit(scope: Scope, chat: Chat, message: Message, body: MessageEdit) -> None:
    """Replace what the message says. Raises Forbidden unless the caller sent it, ValidationFailed."""
    if message.from_id != scope.user_id:
        raise Forbidden("Only the sender may edit a message")
    require_open(chat)
    text = body.changes().get("body", message.body)
    if message.type == SentType.TEXT and not is_visible(text):
        raise ValidationFailed({"body": "Has nothing that can be seen"})
    if text == message.body:
        return
    known = set(message.user_mentions)
    session = scope.session
    # First of all, as in `delete`: else of two changes each would wait for the other.
    _note_change(scope, chat)
    message.body, message.edited_at = text, utcnow()
    message.language = language_of(text) or base_language(scope.user.language)
    message.links = links_in(text) or None
    users = _resolve_mentions(scope, chat.team_id, message)
    session.execute(_DROP_LINKS, {"message": message.id})
    session.execute(_DROP_TRANSLATIONS, {"message": message.id})
    session.add_all(links_of(message))
    session.flush()
    tell_of_message(session, "updated", message, chat.team_id)
    new = [user for user in users if public_id(user) not in known]
    _tell_mentioned(scope, chat.team_id, message, new)


_DROP_LINKS = MessageLink.__table__.delete().where(  # type: ignore[attr-defined]
    col(MessageLink.message_id) == bindparam("message")
)
_DROP_TRANSLATIONS = MessageTranslation.__table__.delete().where(  # type: ignore[attr-defined]
    col(MessageTranslation.message_id) == bindparam("message")
)
_CHATS = Chat.__table__  # type: ignore[attr-defined]
_CHANGED = (
    update(_CHATS)
    .where(_CHATS.c.id == bindparam("this"))
    .values(
        message_changed_at=bindparam("now"),
        deleted_messages=_CHATS.c.deleted_messages + bindparam("deleted"),
        updated_at=_CHATS.c.updated_at,
    )
)


def _note_change(scope: Scope, chat: Chat, *, deleted: int = 0) -> None:
    values = {"this": chat.id, "now": utcnow(), "deleted": deleted}
    scope.session.connection().execute(_CHANGED, values)


def delete(scope: Scope, chat: Chat, message: Message) -> None:
    """Delete a message. It is no longer unread for those who had not read it.

    Raises Forbidden unless the caller sent it or administers the team, NotFound if it was deleted meanwhile.
    """
    if message.from_id != scope.user_id and not scope.is_admin(chat.team_id):
        raise Forbidden("Only the sender or an admin of the team may delete a message")
    # This locks the chat's row: of two who delete the message at once, the later one finds none to count.
    _note_change(scope, chat, deleted=1)
    if scope.session.exec(select(Message.id).where(Message.id == message.id)).first() is None:
        raise NotFound("message")
    scope.session.connection().execute(_GAP, {"this": chat.id, "deleted": message.number})
    scope.session.delete(message)
    scope.session.flush()
    tell_of_message(scope.session, "destroyed", message, chat.team_id)


_CHAT_USERS = ChatUser.__table__  # type: ignore[attr-defined]
_GAP = (
    update(_CHAT_USERS)
    .where(_CHAT_USERS.c.chat_id == bindparam("this"), _CHAT_USERS.c.seen_number < bindparam("deleted"))
    .values(seen_gap=_CHAT_USERS.c.seen_gap + 1)
)


def mark(scope: Scope, chat: Chat, message: Message, body: NewMark) -> MessageMark:
    """Mark a message for the caller. Return the mark, also if it was there.

    Raises NotFound if the message was deleted meanwhile.
    """
    of_caller = select(MessageMark).where(
        MessageMark.message_id == message.id,
        MessageMark.user_id == scope.user_id,
        MessageMark.type == body.type.value,
    )
    session = scope.session
    found = session.exec(of_caller).first()
    if found is not None:
        return found
    made = MessageMark(message_id=message.id, user_id=scope.user_id, type=body.type.value)
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError:
        # The caller marked it in another request meanwhile, or its sender deleted it.
        found = session.exec(of_caller).first()
        if found is None:
            raise NotFound("message") from None
        return found
    add_workspace_events(
        session,
        chat.team_id,
        [scope.user_id],
        WorkspaceEventType(body.type.value),
        chat_id=chat.id,
        message_id=message.id,
        mark_id=made.id,
    )
    return made


def unmark(scope: Scope, message: Message, text: str) -> MessageMark:
    """Remove a mark of the caller, and its workspace event. Raises NotFound."""
    found = parse_id(text)
    mark = None if found is None else scope.session.get(MessageMark, found)
    if mark is None or (mark.message_id, mark.user_id) != (message.id, scope.user_id):
        raise NotFound("mark")
    for event in scope.session.exec(select(WorkspaceEvent).where(WorkspaceEvent.mark_id == mark.id)):
        tell_of_workspace_event(scope.session, "destroyed", event)
        scope.session.delete(event)
    scope.session.flush()
    scope.session.delete(mark)
    scope.session.flush()
    return mark


def forward(scope: Scope, context: Context, chat: Chat, message: Message, body: Forward) -> list[Message]:
    """Send the message again to these chats and users of the same team. Return the new messages.

    Raises ValidationFailed, Forbidden for a guest who names users, Conflict (archived).
    """
    chats = _targets(scope, chat.team_id, body.forward_chat)
    if body.users:
        require_member(scope, chat)
    for user in members_named(scope, chat.team_id, body.users, "users"):
        if user == scope.user_id:
            raise ValidationFailed({"users": "You have no private chat with yourself"})
        private, _made = the_private_chat(scope.session, chat.team_id, scope.user_id, user)
        chats.append(private)
    sent = []
    for target in {target.id: target for target in chats}.values():
        place = _place(scope, target.id)
        count_message(context, place.team_id, place.quotas)
        copy = Message(
            chat_id=target.id,
            number=0,
            from_id=scope.user_id,
            type=message.type if message.type in set(SentType) else SentType.TEXT.value,
            body=message.body,
            language=message.language,
            file_id=message.file_id,
            call_id=message.call_id,
        )
        sent.append(_post(scope, chat.team_id, copy))
    return sent


def _targets(scope: Scope, team_id: str, ids: Sequence[str]) -> list[Chat]:
    """Return the chats that the caller names. Raises ValidationFailed, which names the others."""
    if not ids:
        return []
    visible = VISIBLE_CHATS.where(among(Chat.id, "targets"), col(Chat.team_id) == bindparam("team"))
    values = {**scope.values, "targets": list(ids), "team": team_id}
    found = {chat.id: chat for chat in scope.session.exec(visible, params=values)}
    unknown = [public_id(id) for id in ids if id not in found]
    if unknown:
        raise ValidationFailed({"forward_chat": f"No such chat in this team: {', '.join(unknown[:10])}"})
    return [found[id] for id in ids]
