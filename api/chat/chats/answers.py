"""What clients get of chats."""

from api.chat.chats.resource import ChatSummary
from api.chat.messages.resource import MessageSummary
from api.chat.people import PersonAnswer
from api.conventions.answers import Answer, PublicId


class ChatAnswer(ChatSummary):
    """A chat with what belongs to it."""

    unread: int
    """How many messages the caller has not read."""
    owner: PublicId | PersonAnswer | None  # type: ignore[assignment]
    """The id, or the object with `populate=owner`."""
    users: list[PersonAnswer]
    """The members; empty without `populate=users`."""
    messages: list[MessageSummary]
    """The newest messages, 100 at most; empty without `populate=messages`."""
    links: list[str]
    """Always empty: `GET /chat/{id}/links` lists them."""
    files: list[PublicId]
    """Always empty: `GET /chat/{id}/files` lists them."""
    routes: list[PublicId]
    """Always empty."""
    callcenter_ring: None
    callcenter_voicemail_password: None
    callcenter_max_time: None
    callcenter_hold_music: None
    callcenter_transfer_to: None


class TypingAnswer(Answer):
    """What the other members were told."""

    typing: bool
