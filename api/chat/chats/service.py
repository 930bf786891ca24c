"""What is done with chats, and who may do it."""

import json
import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, func
from sqlmodel import col, or_, select

from api.chat.chats.schemas import ChatCreate, ChatUpdate, NewChatType, Preferences
from api.conventions.body import apply
from api.core.errors import Conflict, Forbidden, NotFound, ValidationFailed
from api.core.scope import VISIBLE_CHATS, Scope
from models import Chat, ChatType, ChatUser, MemberStatus, Message, Role, TeamUser, User, utcnow
from models.among import among
from models.chat import tell_of_chat
from models.chat_user import add_to_chat, make_chat, remove_from_chat, see, the_private_chat
from models.outbox import emit_event
from models.shown import shown
from switchroom.ids import parse_id, public_id
from switchroom.messages.events import to_chat, to_user

LISTED = VISIBLE_CHATS.where(col(Chat.archived_at).is_(None))
"""The chats in the caller's list."""
_NAMED = "members_named"
_WITH_ALL = LISTED.where(
    col(Chat.team_id) == bindparam("team"),
    select(func.count())
    .select_from(ChatUser)
    .where(col(ChatUser.chat_id) == col(Chat.id), among(ChatUser.user_id, _NAMED))
    .correlate(Chat)
    .scalar_subquery()
    == bindparam("count"),
)
MOST_SOUGHT = 100
_PREFERENCES = {
    "favorite": "favorite",
    "pinned": "pinned",
    "do_not_disturb": "do_not_disturb",
    "last_seen": "last_seen_at",
}
"""Public name -> column."""


def create(scope: Scope, body: ChatCreate) -> Chat:
    """Return a chat of the caller and these users. A private one is made once. Raises ValidationFailed."""
    team_id = scope.team_for(body.team)
    others = [user for user in members_named(scope, team_id, body.users, "users") if user != scope.user_id]
    if body.type is NewChatType.ROOM:
        users = (scope.user_id, *others)
        fields = {"name": body.name, "purpose": body.purpose, "avatar": body.avatar, "url": url_of(body.name)}
        color = {"color": body.color} if body.color else {}
        room = ChatType.ROOM
        return make_chat(scope.session, team_id, room, users, owner_id=scope.user_id, **fields, **color)
    if len(others) != 1:
        raise ValidationFailed({"users": "A private chat is with one other member of the team"})
    chat, made = the_private_chat(scope.session, team_id, scope.user_id, others[0])
    if made:
        apply(chat, {"name": body.name, "purpose": body.purpose, "avatar": body.avatar})
    return chat


def members_named(scope: Scope, team_id: str, ids: Sequence[str], field: str) -> list[str]:
    """Return the ids of the users whom a body's field names by ids of users or memberships, in this order.

    Raises ValidationFailed, which names those who are no active members of the team. Guests are not.
    """
    if not ids:
        return []
    found = scope.session.execute(_MEMBERS, {"team": team_id, "named": list(ids)})
    rows = [(row.id, row.user_id) for row in found]
    by_id = dict(rows) | {user: user for _, user in rows}
    unknown = [public_id(id) for id in ids if id not in by_id]
    if unknown:
        raise ValidationFailed({field: f"No such user in this team: {', '.join(unknown[:10])}"})
    return list(dict.fromkeys(by_id[id] for id in ids))


_MEMBERS = select(TeamUser.id, TeamUser.user_id).where(
    col(TeamUser.team_id) == bindparam("team"),
    or_(among(TeamUser.user_id, "named"), among(TeamUser.id, "named")),
    col(TeamUser.status) == MemberStatus.ACTIVE.value,
    col(TeamUser.role) != Role.GUEST.value,
)


def url_of(name: str) -> str | None:
    """Return a chat's name as a part of an address."""
    return re.sub(r"\s+", "-", name.lower())[:100] or None


def update_chat(scope: Scope, chat: Chat, body: ChatUpdate) -> None:
    """Assign what was sent. Raises Forbidden for guests, ValidationFailed."""
    require_member(scope, chat)
    changes = body.changes()
    if changes.get("locked", chat.locked) != chat.locked:
        require_owner(scope, chat)
        if chat.type == ChatType.PRIVATE:
            raise ValidationFailed({"locked": "A private chat has no guests"})
    if "name" in changes and chat.type != ChatType.PRIVATE:
        changes["url"] = url_of(changes["name"])
    apply(chat, changes)
    scope.session.flush()
    tell_of_chat(scope.session, "updated", chat)


def delete_chat(scope: Scope, chat: Chat) -> None:
    """Delete the chat with its messages. Raises Forbidden unless the caller owns it or administers its team."""
    require_owner(scope, chat)
    session = scope.session
    users = list(session.exec(select(ChatUser.user_id).where(ChatUser.chat_id == chat.id)))
    session.delete(chat)
    session.flush()
    tell_of_chat(session, "destroyed", chat, users=users)


def require_member(scope: Scope, chat: Chat) -> None:
    """Raise Forbidden if the caller is a guest."""
    if scope.is_guest(chat.team_id):
        raise Forbidden("Guests may not do this")


def require_owner(scope: Scope, chat: Chat) -> None:
    """Raise Forbidden unless the caller owns the chat, not as a guest, or administers its team."""
    require_member(scope, chat)
    if chat.owner_id != scope.user_id and not scope.is_admin(chat.team_id):
        raise Forbidden("Only the owner of the chat or an admin of the team may do this")


def require_open(chat: Chat) -> None:
    """Raise Conflict if the chat is archived."""
    if chat.archived_at is not None:
        raise Conflict("The chat is archived: it takes no messages and no members")


def lock_chat(scope: Scope, chat: Chat) -> None:
    """Lock the chat's row until the transaction ends, as a new message does, and read it again."""
    scope.session.refresh(chat, with_for_update={"key_share": True})


def see_chat(scope: Scope, chat: Chat) -> None:
    """Note that the caller has read all of the chat, and tell the people in it."""
    see(scope.session, chat.id, scope.user_id, chat.last_number)
    told = {"type": "seen", "user": public_id(scope.user_id), "number": chat.last_number}
    emit_event(scope.session, "chat", "messaged", chat.id, told, to_chat(chat.team_id, chat.id))


def tell_typing(scope: Scope, chat: Chat, *, typing: bool) -> None:
    """Tell the others in the chat whether the caller is writing."""
    told = {"type": "typing", "user": public_id(scope.user_id), "typing": typing}
    audience = to_chat(chat.team_id, chat.id, but=scope.user_id)
    emit_event(scope.session, "chat", "messaged", chat.id, told, audience)


def change_preferences(scope: Scope, chat: Chat, body: Preferences) -> None:
    """Assign the caller's preferences. Messages up to `last_seen` count as read."""
    changes: dict[str, Any] = body.changes()
    seen = changes.pop("last_seen", None)
    if seen is not None:
        # No message comes or goes while these are counted.
        lock_chat(scope, chat)
        seen = min(seen, utcnow())
        # Times are shown in milliseconds: a message of the shown time is read.
        is_read = col(Message.created_at) < seen + timedelta(milliseconds=1)
        number, left = scope.session.exec(
            select(
                func.coalesce(func.max(Message.number).filter(is_read), 0), func.count().filter(~is_read)
            ).where(Message.chat_id == chat.id)
        ).one()
        changes |= {
            "last_seen_at": seen,
            "seen_number": number,
            "seen_gap": chat.last_number - number - left,
        }
    place = apply(scope.chat_user(chat), changes)
    scope.session.flush()
    told = shown(place, _PREFERENCES)
    told["unread"] = chat.last_number - place.seen_number - place.seen_gap
    audience = to_user(scope.user_id, team=chat.team_id)
    emit_event(scope.session, "chat", "updated", chat.id, told, audience)


def add_user(scope: Scope, chat: Chat, user: str) -> str:
    """Put a member of the team into the chat. Return the user's id. Raises Forbidden, Conflict, ValidationFailed."""
    require_member(scope, chat)
    require_open(chat)
    if chat.type == ChatType.PRIVATE:
        raise Conflict("A private chat has two people. Create a room for more")
    (user_id,) = members_named(scope, chat.team_id, [user], "user")
    add_to_chat(scope.session, chat, user_id)
    scope.session.flush()
    return user_id


def remove_user(scope: Scope, chat: Chat, text: str) -> str:
    """Take a user out of the chat, by the user's or the membership's id. Return the user's id.

    Everybody may leave a group. Only its owner or an admin removes others. If the owner leaves, the member who is in
    the chat for the longest time owns it. Raises NotFound, Forbidden, Conflict.
    """
    # Of two who leave at once, the later one is not made the owner by the other.
    lock_chat(scope, chat)
    user_id = _user_in(scope, chat, text)
    if user_id != scope.user_id:
        require_owner(scope, chat)
    if chat.type == ChatType.PRIVATE:
        raise Conflict("A private chat cannot be left")
    remove_from_chat(scope.session, chat, user_id)
    if chat.owner_id == user_id:
        chat.owner_id = scope.session.exec(
            _NEXT_OWNER, params={"chat": chat.id, "team": chat.team_id}
        ).first()
        scope.session.flush()
    return user_id


_NEXT_OWNER = (
    select(ChatUser.user_id)
    .join(TeamUser, col(TeamUser.user_id) == col(ChatUser.user_id))
    .where(
        col(ChatUser.chat_id) == bindparam("chat"),
        col(TeamUser.team_id) == bindparam("team"),
        col(TeamUser.role) != Role.GUEST.value,
        col(TeamUser.status) == MemberStatus.ACTIVE.value,
    )
    .order_by(col(ChatUser.joined_at), col(ChatUser.user_id))
    .limit(1)
)


def _user_in(scope: Scope, chat: Chat, text: str) -> str:
    """Return the id of a user who is in the chat, by the user's or the membership's id. Raises NotFound."""
    found = parse_id(text)
    if found is not None:
        user = scope.session.exec(
            select(ChatUser.user_id)
            .outerjoin(
                TeamUser,
                (col(TeamUser.user_id) == col(ChatUser.user_id)) & (col(TeamUser.team_id) == chat.team_id),
            )
            .where(ChatUser.chat_id == chat.id, or_(ChatUser.user_id == found, col(TeamUser.id) == found))
        ).first()
        if user is not None:
            return user
    raise NotFound("user in this chat")


def require_self(scope: Scope, chat: Chat, text: str) -> None:
    """Raise Forbidden unless the text is the caller's id or that of their membership. Raises NotFound."""
    if _user_in(scope, chat, text) != scope.user_id:
        raise Forbidden("Preferences are changed by their own user only")


def sought_users(texts: Sequence[str]) -> list[str]:
    """Return the ids and addresses of `?users=`: repeated, a JSON list, or the document's single-quoted list."""
    found: list[str] = []
    for text in texts:
        text = text.strip()
        if not text.startswith("["):
            found += [part.strip() for part in text.split(",") if part.strip()]
            continue
        try:
            parts = json.loads(text if '"' in text else text.replace("'", '"'))
        except ValueError:
            parts = None
        if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
            raise ValidationFailed({"users": "Not a list of ids or e-mail addresses"})
        found += [part.strip() for part in parts if part.strip()]
    if not 0 < len(found) <= MOST_SOUGHT:
        raise ValidationFailed({"users": f"Name one user at least and {MOST_SOUGHT} at most"})
    return found


def with_all(scope: Scope, team_id: str, sought: Sequence[str]) -> tuple[Any, dict[str, Any]] | None:
    """Return the statement for the caller's chats with all of these users, and its parameters.

    None: one of them is not in the team, so there is no such chat.
    """
    ids = [id for text in sought if (id := parse_id(text))]
    addresses = [text.lower() for text in sought if not parse_id(text)]
    rows = scope.session.execute(_SOUGHT, {"team": team_id, "ids": ids, "addresses": addresses}).all()
    known = {key for row in rows for key in row}
    if not known.issuperset([*ids, *addresses]):
        return None
    users = list({row.user_id for row in rows})
    return _WITH_ALL, {"team": team_id, _NAMED: users, "count": len(users)}


_SOUGHT = (
    select(TeamUser.id, TeamUser.user_id, User.email)
    .join(User, col(User.id) == col(TeamUser.user_id))
    .where(
        col(TeamUser.team_id) == bindparam("team"),
        or_(among(TeamUser.user_id, "ids"), among(TeamUser.id, "ids"), among(User.email, "addresses")),
    )
)
