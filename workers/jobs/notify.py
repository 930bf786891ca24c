"""Notifications: what a route sends by mail, as a webhook or into a chat. Each is the payload of its outbox row."""

import asyncio
import json
import logging
import re
import smtplib
import time
from functools import lru_cache
from typing import Any

from limits import RateLimitItemPerMinute
from limits.storage import RedisStorage
from limits.strategies import MovingWindowRateLimiter
from rq import Retry
from sqlmodel import Session

from models import Chat, ChatType, Message, Outbox
from models.message import post_system_message
from switchroom.database import session
from switchroom.http_client import Outgoing, OutgoingError
from switchroom.ids import public_id
from switchroom.logs import about_call
from switchroom.settings import Settings
from switchroom.webhook_signature import HEADER, signature, team_secret
from workers.jobs.mail import MailError, NoServerError, compose, give_up, hand_over, wait_for_server
from workers.resources import Resources, get_resources

logger = logging.getLogger(__name__)

SECONDS, MAX_BYTES = 10.0, 65_536
_ADDRESS = re.compile(r"[^\s@,;:<>\"()]{1,64}@[^\s@,;:<>\"()]{1,255}")
_FINAL_ERRORS = frozenset({"bad url", "refused address", "bad request"})
_RETRYABLE_STATUSES = frozenset({408, 409, 425, 429})


class NotificationError(Exception):
    """It was not sent. It will be tried again."""


class RefusedError(NotificationError):
    """It can never be sent as it is. It is not tried again."""


def send_notification(outbox_id: str) -> Retry | None:
    """Job: send the notification of this outbox row. Raises `NotificationError`, `MailError`, and what mail raises.

    While no mail server is configured it returns an RQ `Retry` for one by mail.
    A notification that is sent twice (because of a crash) has the same id, and a mail the same Message-ID.
    """
    resources = get_resources()
    with session(resources.engine, readonly=True) as db:
        row = db.get(Outbox, outbox_id)
    if row is None:
        give_up()
        raise NotificationError(f"no outbox row {outbox_id}: a notification is kept for a day")
    with about_call(row.payload.get("call")):
        try:
            send(resources, row)
        except RefusedError:
            give_up()
            raise
        except NoServerError as error:
            return wait_for_server(resources, row, error)
        with session(resources.engine) as db:
            row.error = None
            db.merge(row)
        logger.info("notification sent", extra={"outbox": outbox_id, "kind": row.payload["kind"]})
    return None


def send(resources: Resources, row: Outbox) -> None:
    """Send the notification, unless the team has sent too many this minute."""
    kind = row.payload["kind"]
    if kind not in ("email", "webhook", "chat"):
        raise RefusedError("not a kind of notification: email, webhook, chat")
    if kind == "email" and not _ADDRESS.fullmatch(row.payload["to"]):
        raise RefusedError("not one e-mail address")
    _count(resources, row.payload["team"])
    if kind == "webhook":
        asyncio.run(post(resources.settings, row))
    elif kind == "chat":
        with session(resources.engine) as db:
            write(db, row)
    else:
        _mail(resources, row)


def _mail(resources: Resources, row: Outbox) -> None:
    # A variable may have brought a line end into the subject.
    subject = " ".join(str(row.payload["subject"]).split()) or "Notification"
    letter = Outbox(
        id=row.id, created_at=row.created_at, kind=row.kind, payload={**row.payload, "subject": subject}
    )
    try:
        message = compose(resources.settings, letter)
    except MailError as error:
        raise RefusedError(str(error)) from None
    try:
        hand_over(resources, message)
    except smtplib.SMTPException as error:
        # Its text may name the receiver, and failures are logged.
        raise NotificationError(f"mail: {type(error).__name__}") from None


def write(db: Session, row: Outbox) -> None:
    """Write it into the team's chat as a system message, once: the message has the id of the row."""
    payload = row.payload
    chat = db.get(Chat, payload["to"])
    if chat is None or chat.team_id != payload["team"] or chat.type == ChatType.PRIVATE.value:
        raise RefusedError("the team has no such room")
    if chat.archived_at is not None:
        raise RefusedError("the chat is archived")
    if db.get(Message, row.id) is not None:
        return
    lines = (" ".join(str(payload["subject"]).split()), str(payload["text"]).strip())
    body = "\n".join(line for line in lines if line)
    post_system_message(db, chat.id, body, id=row.id, call_id=payload["call"])


async def post(settings: Settings, row: Outbox) -> None:
    """POST it as signed JSON to a public address (`switchroom.webhook_signature`). Any 2xx status is a success."""
    body = json.dumps(_document(row), ensure_ascii=False).encode()
    secret = team_secret(settings.secret_key, row.payload["team"])
    headers = [
        ("Content-Type", "application/json"),
        ("User-Agent", "Switchroom"),
        (HEADER, signature(secret, int(time.time()), body)),
    ]
    outgoing = Outgoing(private=settings.fetch_private_addresses)
    try:
        answer = await outgoing.request(
            "POST", row.payload["to"], headers=headers, body=body, seconds=SECONDS, max_bytes=MAX_BYTES
        )
        status = answer.status
    except OutgoingError as error:
        status = error.status  # The body is not used, so it may be too large.
        if not status:
            kind = RefusedError if str(error) in _FINAL_ERRORS else NotificationError
            raise kind(f"webhook: {error}") from None
    if not 200 <= status < 300:
        again = status >= 500 or status in _RETRYABLE_STATUSES
        raise (NotificationError if again else RefusedError)(f"webhook: status {status}")


def _document(row: Outbox) -> dict[str, Any]:
    payload = row.payload
    return {
        "type": "notification",
        "id": public_id(row.id),
        "team": public_id(payload["team"]),
        "call": public_id(payload["call"]),
        "subject": payload["subject"],
        "text": payload["text"],
        "at": payload["at"],
    }


def _count(resources: Resources, team: str) -> None:
    limit = RateLimitItemPerMinute(resources.settings.notify_per_minute)
    if not _limiter(resources.settings.redis_url, resources.settings.shard).hit(limit, team):
        raise NotificationError("the team has sent too many notifications this minute")


@lru_cache(maxsize=4)
def _limiter(redis_url: str, shard: str) -> MovingWindowRateLimiter:
    storage = RedisStorage(
        redis_url, key_prefix=f"switchroom:{shard}:notify", socket_timeout=5, socket_connect_timeout=5
    )
    return MovingWindowRateLimiter(storage)
