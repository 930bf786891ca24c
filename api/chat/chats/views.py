"""Chats as clients see them, with what the client asks for beside them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from api.chat.chats.resource import CHAT
from api.chat.messages.resource import MESSAGE
from api.chat.people import people_in, people_of
from api.conventions.populate import Populate
from api.conventions.resource import Shown
from api.core.errors import NotFound
from api.core.scope import VISIBLE_CHATS, Scope
from models import Chat, Message
from models.among import among
from switchroom.ids import parse_id
from switchroom.prepared import Prepared

MOST_MESSAGES = 100
_NOT_KEPT: dict[str, Any] = {
    "callcenter_ring": None,
    "callcenter_voicemail_password": None,
    "callcenter_max_time": None,
    "callcenter_hold_music": None,
    "callcenter_transfer_to": None,
    "users": (),
    "messages": (),
    "links": (),
    "files": (),
    "routes": (),
}
"""What the document shows of a chat and this product does not keep, or shows only if the client asks for it."""
_FOUND = Prepared(
    VISIBLE_CHATS.where(among(Chat.id, "chats")).with_only_columns(
        *CHAT.read_columns, maintain_column_froms=True
    )
)
_NEWEST = Prepared(
    select(Message)
    .where(col(Message.chat_id) == bindparam("chat"))
    .order_by(col(Message.number).desc())
    .limit(MOST_MESSAGES)
    .with_only_columns(*MESSAGE.read_columns)
)


def show_chat(scope: Scope, text: str, populate: Populate = frozenset()) -> Shown:
    """Return one chat that the caller is in. Raises NotFound."""
    found = parse_id(text)
    shown = show_chats_of(scope, [found], populate) if found else {}
    if found is None or found not in shown:
        raise NotFound("chat")
    chat = shown[found]
    if "messages" in populate:
        chat["messages"] = MESSAGE.shown(_NEWEST.rows(scope.session, {"chat": found}))
    return chat


def show_chats_of(scope: Scope, ids: Sequence[str], populate: Populate = frozenset()) -> dict[str, Shown]:
    """Return those of these chats that the caller is in, by their (bare) ids."""
    rows = _FOUND.rows(scope.session, {**scope.values, "chats": ids}) if ids else ()
    shown = show_chats(scope.session, CHAT.shown(rows), populate)
    return {chat["id"][1:]: chat for chat in shown}


def show_chats(session: Session, chats: list[Shown], populate: Populate) -> list[Shown]:
    """Make whole answers of what `CHAT` reads. People are one statement for all chats."""
    members = people_in(session, [chat["id"][1:] for chat in chats]) if "users" in populate else {}
    owners: dict[tuple[str, str], Shown] = {}
    if "owner" in populate:
        teams = {chat["team"][1:] for chat in chats}
        owners = people_of(session, teams, (chat["owner"][1:] for chat in chats if chat["owner"]))
    for chat in chats:
        chat |= _NOT_KEPT
        if members:
            chat["users"] = members[chat["id"][1:]]
        if "owner" in populate and chat["owner"]:
            chat["owner"] = owners.get((chat["team"][1:], chat["owner"][1:]))
    return chats
