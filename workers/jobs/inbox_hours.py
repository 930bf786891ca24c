"""What contacts are answered who write outside of a channel's hours."""

import logging
from datetime import UTC, datetime, timedelta

from pydantic import TypeAdapter
from sqlmodel import col, select

from models import ChannelState, Conversation, InboxChannel, InboxMessage, utcnow
from models.inbox_mail import InboxMail
from models.inbox_message import reply_by_rule
from models.inbox_settings import settings_of
from routing.config import OpeningHours
from routing.expressions.opening_hours import HORIZON_DAYS, next_opening
from switchroom.database import session
from workers.resources import get_resources

logger = logging.getLogger(__name__)

_HOURS = TypeAdapter(OpeningHours)


def answer_when_closed(message_id: str) -> None:
    """Job: answer the contact's message with the channel's text if it is closed, once in each closed period.

    What a machine wrote is not answered by a machine.
    The reply and the note that the period has had one are one transaction, so a worker that dies sends nothing twice.
    """
    now = utcnow()
    with session(get_resources().engine) as db:
        message, mail = db.get(InboxMessage, message_id), db.get(InboxMail, message_id)
        if message is None or (mail is not None and mail.automatic):
            return
        locked = select(Conversation).where(col(Conversation.id) == message.conversation_id)
        conversation = db.exec(locked.with_for_update()).first()
        settings = settings_of(db, conversation.channel_id) if conversation is not None else None
        if conversation is None or settings is None or not settings.hours or not settings.closed_reply:
            return
        if conversation.auto_replied_until is not None and now < conversation.auto_replied_until:
            return
        opens = next_opening(_HOURS.validate_python(settings.hours), now.timestamp())
        if opens is not None and opens <= now.timestamp():
            return
        channel = db.get_one(InboxChannel, conversation.channel_id)
        if channel.state != ChannelState.CONNECTED.value:
            return
        conversation.auto_replied_until = (
            now + timedelta(days=HORIZON_DAYS) if opens is None else datetime.fromtimestamp(opens, UTC)
        )
        reply_by_rule(db, conversation, settings.closed_reply)
    logger.info("answered outside of the hours", extra={"inbox_message": message_id})
