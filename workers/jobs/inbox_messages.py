"""Messages of members to contacts, sent over the channels' sources.

Messages of one conversation go out one after the other, in their order. Each has a job of its own, so that none is
forgotten; a job sends the earlier ones too. Before a source is asked, the row says so. If its answer is lost, the
source is asked first whether it has the message, so that nobody gets it twice.
"""

import logging
from datetime import datetime, timedelta
from functools import lru_cache, partial
from typing import Any

from limits import RateLimitItemPerMinute
from limits.storage import RedisStorage
from limits.strategies import MovingWindowRateLimiter
from rq import Retry
from sqlmodel import Session, col, select

from models import ChannelState, Conversation, InboxChannel, InboxMessage, utcnow
from models.file import object_key
from models.inbox_file import link_of
from models.inbox_mail import newest_mail
from models.inbox_message import set_state
from providers.inbox.base import Accepted, Letter, Thread
from providers.inbox.choose import hook_of, make_adapter
from providers.inbox.http import SourceError, SourceRefused, Unknown
from switchroom.database import session
from switchroom.inbox import DeliveryState, Source
from workers.jobs.in_turn import in_turn
from workers.jobs.inbox_channels import access_of
from workers.resources import Resources, get_resources

logger = logging.getLogger(__name__)

TRIED_FOR = timedelta(hours=24)
LATE = timedelta(hours=23)
"""A little less than the day in which sources take every answer."""
FIRST_BACKOFF, LONGEST_BACKOFF = 5.0, 600.0


def send_inbox_message(message_id: str) -> Retry | None:
    """Job: send this message, and those of its conversation that are due before it.

    Returns an RQ `Retry` while another worker has the conversation, or the source cannot be asked.
    """
    resources = get_resources()
    with session(resources.engine, readonly=True) as db:
        row = db.get(InboxMessage, message_id)
    if row is None or row.due_at is None:
        return None
    key = resources.keys.conversation(row.conversation_id)
    return in_turn(resources, key, partial(_next, resources, row), partial(_send, resources))


def _next(resources: Resources, until: InboxMessage) -> InboxMessage | None:
    """Return the first message of the conversation that is due, up to this one."""
    due = select(InboxMessage).where(
        col(InboxMessage.conversation_id) == until.conversation_id,
        col(InboxMessage.number) <= until.number,
        col(InboxMessage.due_at).is_not(None),
    )
    with session(resources.engine, readonly=True) as db:
        return db.exec(due.order_by(col(InboxMessage.number)).limit(1)).first()


def _send(resources: Resources, message: InboxMessage) -> float | None:
    """Send the message, and note what came of it. Return in how many seconds to try again; None: it is done with."""
    with session(resources.engine, readonly=True) as db:
        channel = db.get_one(InboxChannel, message.channel_id)
        conversation = db.get_one(Conversation, message.conversation_id)
    now = utcnow()
    if message.due_at is not None and message.due_at > now:
        return (message.due_at - now).total_seconds()  # It waits, and so do those behind it.
    if channel.state != ChannelState.CONNECTED.value:
        _failed(resources, message, "The channel is not connected")
        return None
    if now - message.created_at > TRIED_FOR:
        _failed(resources, message, message.problem or "The source could not be asked for 24 hours")
        return None
    if not _limiter(resources).hit(_limit(resources), channel.id):
        return _later(resources, message, 60.0 / resources.settings.inbox_sends_per_minute, "")
    try:
        accepted = _ask(resources, channel, message, conversation)
    except SourceRefused as error:
        _failed(resources, message, str(error))
        return None
    except SourceError as error:
        backoff = error.seconds or min(FIRST_BACKOFF * 2**message.attempts, LONGEST_BACKOFF)
        return _later(resources, message, backoff, str(error), asked=isinstance(error, Unknown))
    with session(resources.engine) as db:
        _note(db, message.id, accepted)
    logger.info("message sent", extra={"inbox_message": message.id})
    return None


def _ask(
    resources: Resources, channel: InboxChannel, message: InboxMessage, conversation: Conversation
) -> Accepted:
    settings = resources.settings
    adapter, access = make_adapter(settings, channel.source), access_of(settings, channel)
    hook = hook_of(settings, channel.source)
    heard = conversation.last_inbound_at
    late = heard is None or utcnow() - heard > LATE
    enclosed = [_with_link(resources, one) for one in message.attachments]
    letter = Letter(
        message.id,
        conversation.external_id,
        message.text,
        hook,
        enclosed,
        late,
        sender_name=channel.name,
        thread=_thread(resources, conversation) if channel.source == Source.EMAIL.value else None,
        automatic=message.user_id is None,
        content=partial(_content, resources),
    )
    if message.attempted_at is not None:
        had = adapter.find_sent(access, letter, message.attempted_at)
        ours = _unknown(resources, channel, had)
        if ours is not None:
            return ours
    _note_attempt(resources, message.id, utcnow())
    return adapter.send(access, letter)


def _thread(resources: Resources, conversation: Conversation) -> Thread | None:
    with session(resources.engine, readonly=True) as db:
        mail = newest_mail(db, conversation.id)
    return Thread(mail.subject, mail.mid, mail.mid_references) if mail is not None else None


def _content(resources: Resources, file_id: str) -> bytes:
    """Return what a file holds. Raises StorageError."""
    return resources.storage.get_bytes(object_key(file_id))


def _with_link(resources: Resources, attachment: dict[str, Any]) -> dict[str, Any]:
    """Return the attachment with an address at which the source fetches our file. Raises SourceRefused."""
    payload = attachment["payload"]
    if "file_id" not in payload:
        return attachment
    url = link_of(resources.storage, payload["file_id"], payload["title"], payload["media_type"])
    if url is None:
        raise SourceRefused("The storage has no key to sign a link with")
    return {**attachment, "payload": {**payload, "url": url}}


def _unknown(resources: Resources, channel: InboxChannel, had: list[Accepted]) -> Accepted | None:
    """Return the first message that the source had and that is none of another row."""
    ids = [one.provider_id for one in had]
    known = select(InboxMessage.provider_id).where(
        col(InboxMessage.channel_id) == channel.id, col(InboxMessage.provider_id).in_(ids)
    )
    with session(resources.engine, readonly=True) as db:
        others = set(db.exec(known))
    return next((one for one in had if one.provider_id not in others), None)


def _note_attempt(resources: Resources, message_id: str, now: datetime) -> None:
    with session(resources.engine) as db:
        row = db.get_one(InboxMessage, message_id)
        row.attempted_at = row.attempted_at or now


def _note(db: Session, message_id: str, accepted: Accepted) -> None:
    """Note that the source has the message. What it said of it meanwhile counts, too."""
    row = _locked(db, message_id)
    row.due_at, row.problem = None, None
    if row.provider_id is None:
        row.provider_id = accepted.provider_id
    if row.state == DeliveryState.PENDING.value and accepted.state is not DeliveryState.PENDING:
        set_state(db, row, accepted.state)


def _failed(resources: Resources, message: InboxMessage, problem: str) -> None:
    with session(resources.engine) as db:
        row = _locked(db, message.id)
        if row.due_at is not None:
            set_state(db, row, DeliveryState.FAILED, problem)
    logger.info("message not sent", extra={"inbox_message": message.id})


def _later(
    resources: Resources, message: InboxMessage, seconds: float, problem: str, *, asked: bool = True
) -> float | None:
    """Note that the message is tried again. Return the seconds. `asked`: the source may have it from this try."""
    with session(resources.engine) as db:
        row = _locked(db, message.id)
        if row.due_at is None:
            return None  # The source has said meanwhile that it has it.
        row.due_at = utcnow() + timedelta(seconds=seconds)
        if problem:
            row.attempts, row.problem = row.attempts + 1, problem[:300]
        if not asked and message.attempted_at is None:
            row.attempted_at = None
    return seconds


def _locked(db: Session, message_id: str) -> InboxMessage:
    return db.exec(select(InboxMessage).where(col(InboxMessage.id) == message_id).with_for_update()).one()


def _limit(resources: Resources) -> RateLimitItemPerMinute:
    return RateLimitItemPerMinute(resources.settings.inbox_sends_per_minute)


def _limiter(resources: Resources) -> MovingWindowRateLimiter:
    return _limiter_of(resources.settings.redis_url, resources.settings.shard)


@lru_cache(maxsize=4)
def _limiter_of(redis_url: str, shard: str) -> MovingWindowRateLimiter:
    options: dict[str, Any] = {"socket_timeout": 5, "socket_connect_timeout": 5}
    return MovingWindowRateLimiter(RedisStorage(redis_url, key_prefix=f"switchroom:{shard}:inbox", **options))
