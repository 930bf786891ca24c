"""Operations on messages."""

from enum import StrEnum
from typing import Annotated, Any

from fastapi import Depends, Query
from sqlalchemy import bindparam, union
from sqlmodel import and_, col, or_, select

from api.chat.messages import service
from api.chat.messages.answers import MessageAnswer, TranslationAnswer, UnreadAnswer
from api.chat.messages.resource import MARK, MESSAGE, UNREAD, MarkAnswer
from api.chat.messages.schemas import Forward, MessageEdit, NewMark, NewMessage
from api.chat.messages.translation import translate
from api.chat.messages.views import with_chats, with_senders
from api.conventions.lists import Listing, Lists
from api.conventions.populate import Populate, populates
from api.conventions.resource import Shown, require_unchanged
from api.conventions.router import v1_router
from api.core.deps import ContextDep, IdentityDep, ScopeDep
from api.core.scope import IN_CHAT, USER, Scope
from models import Chat, ChatUser, MarkType, Message, MessageMark

router = v1_router(tags=["messages"])


class Kind(StrEnum):
    """A type of messages or, as the document has it, of chats."""

    TEXT = "text"
    FILE = "file"
    CALL = "call"
    SYSTEM = "system"
    PRIVATE = "private"
    ROOM = "room"
    MEETING = "meeting"


MessageListing = Annotated[Listing, Depends(Lists(MESSAGE))]
UnreadListing = Annotated[Listing, Depends(Lists(UNREAD))]
PopulateDep = Annotated[Populate, Depends(populates("from"))]
UnreadPopulateDep = Annotated[Populate, Depends(populates("chat", "chatusers", "from"))]
KindQuery = Annotated[Kind | None, Query(alias="type", description="The type of the message or of its chat.")]

_OF_KIND = or_(col(Message.type) == bindparam("kind"), col(Chat.type) == bindparam("kind"))
_OF_CHAT = select(Message).where(col(Message.chat_id) == bindparam("chat"))
_REPLIES = _OF_CHAT.where(col(Message.thread_id) == bindparam("thread"))
_IN_MY_CHATS = select(Message).join(Chat, col(Chat.id) == col(Message.chat_id)).join(ChatUser, IN_CHAT)
_UNREAD = _IN_MY_CHATS.where(
    col(Message.id).in_(
        union(
            select(Message.id)
            .join(
                ChatUser, and_(col(ChatUser.chat_id) == col(Message.chat_id), col(ChatUser.user_id) == USER)
            )
            .where(
                col(Message.number) > col(ChatUser.seen_number),
                or_(col(Message.from_id) != USER, col(Message.from_id).is_(None)),
            )
            .correlate(None),
            select(MessageMark.message_id).where(
                col(MessageMark.user_id) == USER, col(MessageMark.type) == MarkType.UNREAD.value
            ),
        )
    )
)
"""What the caller has not read, and what they marked as unread."""


def _with_kind(statement: Any) -> Any:
    return statement.join(Chat, col(Chat.id) == col(Message.chat_id)).where(_OF_KIND)


_OF_CHAT_AND_KIND, _REPLIES_OF_KIND = _with_kind(_OF_CHAT), _with_kind(_REPLIES)
_UNREAD_OF_KIND = _UNREAD.where(_OF_KIND)


@router.get("/chat/messages/unread", response_model=list[UnreadAnswer])
def list_unread(
    scope: ScopeDep, listing: UnreadListing, populate: UnreadPopulateDep, kind: KindQuery = None
) -> list[Shown]:
    """List the messages that the caller has not read or has marked as unread, in all chats, newest first."""
    return with_chats(scope, _show(scope, listing, _UNREAD, _UNREAD_OF_KIND, kind), populate)


@router.get("/chat/{chat_id}/messages", response_model=list[MessageAnswer])
def list_messages(
    chat_id: str, scope: ScopeDep, listing: MessageListing, populate: PopulateDep, kind: KindQuery = None
) -> list[Shown]:
    """List the messages of a chat, newest first. Replies are among them: `thread` tells what they answer."""
    chat = scope.chat_row(chat_id)
    if kind is None:
        found = listing.show(
            scope, _OF_CHAT, known_total=chat.last_number - chat.deleted_messages, chat=chat.id
        )
    else:
        found = listing.show(scope, _OF_CHAT_AND_KIND, chat=chat.id, kind=kind.value)
    return with_senders(scope, chat.team_id, found, populate)


@router.post("/chat/{chat_id}/messages", response_model=MessageAnswer, status_code=201, responses={409: {}})
def send_message(chat_id: str, body: NewMessage, scope: ScopeDep, context: ContextDep) -> Shown:
    """Send a message. Mentions, links and the language are taken from its body."""
    return MESSAGE.show(service.send(scope, context, chat_id, body))


@router.get("/chat/{chat_id}/messages/{message_id}/thread", response_model=list[MessageAnswer])
def list_replies(
    chat_id: str,
    message_id: str,
    scope: ScopeDep,
    listing: MessageListing,
    populate: PopulateDep,
    kind: KindQuery = None,
) -> list[Shown]:
    """List the replies to a message, newest first."""
    chat = scope.chat_row(chat_id)
    thread = service.get(scope, chat, message_id).id
    found = _show(scope, listing, _REPLIES, _REPLIES_OF_KIND, kind, chat=chat.id, thread=thread)
    return with_senders(scope, chat.team_id, found, populate)


@router.post(
    "/chat/{chat_id}/messages/{message_id}/thread",
    response_model=MessageAnswer,
    status_code=201,
    responses={409: {}},
)
def send_reply(
    chat_id: str, message_id: str, body: NewMessage, scope: ScopeDep, context: ContextDep
) -> Shown:
    """Answer a message. A reply to a reply belongs to the same thread."""
    return MESSAGE.show(service.send(scope, context, chat_id, body, thread=message_id))


@router.post("/chat/{chat_id}/messages/{message_id}/mark", response_model=MarkAnswer, status_code=201)
def mark_message(chat_id: str, message_id: str, body: NewMark, scope: ScopeDep) -> Shown:
    """Mark a message as pinned or unread, for the caller alone. It appears in their workspace."""
    chat = scope.chat_row(chat_id)
    return MARK.show(service.mark(scope, chat, service.get(scope, chat, message_id), body))


@router.delete("/chat/{chat_id}/messages/{message_id}/mark/{mark_id}", response_model=MarkAnswer)
def unmark_message(chat_id: str, message_id: str, mark_id: str, scope: ScopeDep) -> Shown:
    """Remove a mark, and its event of the workspace. A body is ignored."""
    chat = scope.chat_row(chat_id)
    return MARK.show(service.unmark(scope, service.get(scope, chat, message_id), mark_id))


@router.delete("/chat/{chat_id}/messages/{message_id}", response_model=MessageAnswer)
def delete_message(chat_id: str, message_id: str, scope: ScopeDep) -> Shown:
    """Delete a message. Its sender and admins of the team may. A body is ignored."""
    chat, message = _message(scope, chat_id, message_id)
    service.delete(scope, chat, message)
    return MESSAGE.show(message)


@router.patch("/chat/{chat_id}/messages/{message_id}", response_model=MessageAnswer, responses={409: {}})
def edit_message(chat_id: str, message_id: str, body: MessageEdit, scope: ScopeDep) -> Shown:
    """Replace what a message says. Only its sender may."""
    chat, message = _message(scope, chat_id, message_id)
    service.edit(scope, chat, message, body)
    return MESSAGE.show(message)


@router.post(
    "/chat/{chat_id}/messages/{message_id}/forward",
    response_model=list[MessageAnswer],
    status_code=201,
    responses={409: {}},
)
def forward_message(
    chat_id: str, message_id: str, body: Forward, scope: ScopeDep, context: ContextDep
) -> list[Shown]:
    """Send a message again, to chats and to users. Private chats that are missing are created."""
    chat = scope.chat_row(chat_id)
    message = service.get(scope, chat, message_id)
    return [MESSAGE.show(sent) for sent in service.forward(scope, context, chat, message, body)]


@router.get(
    "/chat/{chat_id}/messages/{message_id}/translate",
    response_model=TranslationAnswer,
    responses={429: {}},
)
def translate_message(chat_id: str, message_id: str, identity: IdentityDep, context: ContextDep) -> Shown:
    """Translate a message from its sender's language into the caller's, as their settings name these."""
    return translate(context, identity, chat_id, message_id)


def _show(
    scope: Scope, listing: Listing, whole: Any, of_kind: Any, kind: Kind | None, **values: Any
) -> list[Shown]:
    """Return the list's page, of one kind if the client asks for it."""
    if kind is None:
        return listing.show(scope, whole, **values)
    return listing.show(scope, of_kind, **values, kind=kind.value)


def _message(scope: Scope, chat_id: str, message_id: str) -> tuple[Chat, Message]:
    chat = scope.chat_row(chat_id)
    message = service.get(scope, chat, message_id)
    require_unchanged(scope, message)
    return chat, message
