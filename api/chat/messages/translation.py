"""Translations of messages for their reader. A provider is asked once for each message and language."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from api.chat.messages.service import get
from api.core.context import Context
from api.core.errors import Unavailable
from api.core.identities import Identity
from api.core.scope import Scope
from models import Message, MessageTranslation, User
from providers.translation.base import TranslationError
from providers.translation.choose import make_translator
from switchroom.ids import public_id
from switchroom.languages import base_language


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is translated. `translated`: what is known already."""

    id: str
    body: str
    source: str
    target: str
    translated: str | None


def translate(context: Context, identity: Identity, chat_id: str, message_id: str) -> dict[str, Any]:
    """Return the message in the reader's language. No transaction is open while a provider is asked.

    Raises NotFound, Unavailable (no provider, or it failed), RateLimited.
    """
    asked = context.read(lambda session: _find(session, identity, chat_id, message_id))
    body = asked.translated
    if body is None:
        context.limiter.hit("60 per minute", "translate", identity.user_id)
        try:
            body = make_translator(context.settings).translate(asked.body, asked.source, asked.target)
        except TranslationError as error:
            raise Unavailable(f"The message cannot be translated: {error}") from error
        found = body
        context.write(lambda session: _keep(session, asked, found))
    return {
        "message": public_id(asked.id),
        "source_language": asked.source,
        "language": asked.target,
        "body": body,
        "translated": base_language(asked.source) != base_language(asked.target),
    }


def _find(session: Session, identity: Identity, chat_id: str, message_id: str) -> _Asked:
    scope = Scope(session, identity)
    message = get(scope, scope.chat_row(chat_id), message_id)
    sender = session.get(User, message.from_id) if message.from_id else None
    target = scope.user.language
    source = sender.language if sender else message.language or target
    known = session.exec(
        select(MessageTranslation.body).where(
            MessageTranslation.message_id == message.id, MessageTranslation.language == target
        )
    ).first()
    if base_language(source) == base_language(target) or not message.body.strip():
        known = message.body
    return _Asked(message.id, message.body, source, target, known)


def _keep(session: Session, asked: _Asked, body: str) -> None:
    """Store the translation, unless the message was edited, deleted or translated meanwhile."""
    message = session.get(Message, asked.id)
    if message is None or message.body != asked.body:
        return
    kept = MessageTranslation(message_id=asked.id, language=asked.target, body=body)
    try:
        with session.begin_nested():
            session.add(kept)
    except IntegrityError:
        return
