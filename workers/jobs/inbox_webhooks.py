"""Deliveries to the webhooks of organizations: signed, in the order of their conversation, tried for 24 hours.

A delivery that is made twice, because of a crash, has the same id. Workers are there for all organizations: after an
address has taken its time, it is asked nothing for a multiple of it.
"""

import asyncio
import json
import logging
import time
from datetime import timedelta
from functools import partial

from cryptography.fernet import InvalidToken
from rq import Retry
from sqlmodel import col, select

from models import InboxDelivery, InboxWebhook, WebhookState, utcnow
from models.inbox_file import with_links
from switchroom.database import session
from switchroom.encryption import decrypt
from switchroom.http_client import Outgoing, OutgoingError
from switchroom.settings import Settings
from switchroom.webhook_signature import HEADER, signature, team_secret
from workers.jobs.in_turn import in_turn
from workers.resources import Resources, get_resources

logger = logging.getLogger(__name__)

TRIED_FOR = timedelta(hours=24)
SECONDS, MAX_BYTES = 10.0, 65_536
FIRST_BACKOFF, LONGEST_BACKOFF = 5.0, 3600.0
SLOW, RESTS, LONGEST_REST = 2.0, 4, 300.0
"""After an answer that took more seconds than that, the address rests for so many times longer."""
_FINAL = frozenset({"bad url", "refused address", "bad request"})


def deliver_inbox_webhook(delivery_id: str) -> Retry | None:
    """Job: make this delivery, and those of its conversation that wait before it.

    Returns an RQ `Retry` while another worker has the conversation, or the address does not take it.
    """
    resources = get_resources()
    with session(resources.engine, readonly=True) as db:
        row = db.get(InboxDelivery, delivery_id)
    if row is None or row.due_at is None:
        return None
    key = f"{resources.keys.conversation(row.conversation_id)}:webhook"
    return in_turn(resources, key, partial(_next, resources, row), partial(_deliver, resources))


def _next(resources: Resources, until: InboxDelivery) -> InboxDelivery | None:
    """Return the first delivery of the conversation that waits, up to this one."""
    waiting = select(InboxDelivery).where(
        col(InboxDelivery.conversation_id) == until.conversation_id,
        col(InboxDelivery.id) <= until.id,
        col(InboxDelivery.state) == WebhookState.WAITING.value,
    )
    with session(resources.engine, readonly=True) as db:
        return db.exec(waiting.order_by(col(InboxDelivery.id)).limit(1)).first()


def _deliver(resources: Resources, row: InboxDelivery) -> float | None:
    """Make the delivery, and note what came of it. Return in how many seconds to try again; None: it is done with."""
    left = (row.due_at - utcnow()).total_seconds() if row.due_at else 0.0
    if left > 0:
        return left  # It waits, and so do those behind it.
    resting = resources.keys.webhook_rest(row.team_id)
    if (rest := int(resources.redis.pttl(resting))) > 0:
        return rest / 1000
    with session(resources.engine, readonly=True) as db:
        hook = db.exec(select(InboxWebhook).where(col(InboxWebhook.team_id) == row.team_id)).first()
    if hook is None:
        return _note(resources, row, WebhookState.DEAD, "The webhook was unsubscribed")
    began_at = time.monotonic()
    problem, is_final = asyncio.run(post(resources, hook, row))
    if (took := time.monotonic() - began_at) > SLOW:
        resources.redis.set(resting, 1, px=round(min(took * RESTS * (row.attempts + 1), LONGEST_REST) * 1000))
    if not problem:
        return _note(resources, row, WebhookState.DELIVERED, "")
    began = row.replayed_at or row.created_at
    if is_final or utcnow() - began > TRIED_FOR:
        return _note(resources, row, WebhookState.DEAD, problem)
    seconds = min(FIRST_BACKOFF * 2**row.attempts, LONGEST_BACKOFF)
    return _note(resources, row, WebhookState.WAITING, problem, seconds)


def _note(
    resources: Resources, row: InboxDelivery, state: WebhookState, problem: str, seconds: float | None = None
) -> float | None:
    now = utcnow()
    with session(resources.engine) as db:
        current = db.get_one(InboxDelivery, row.id)
        current.state, current.problem = state.value, problem[:300] or None
        current.attempts += 1
        current.due_at = None if seconds is None else now + timedelta(seconds=seconds)
        if state is WebhookState.DELIVERED:
            current.delivered_at = now
    if state is WebhookState.DEAD:
        logger.warning("a delivery to a webhook is dead", extra={"delivery": row.id, "problem": problem})
    return seconds


async def post(resources: Resources, hook: InboxWebhook, row: InboxDelivery) -> tuple[str, bool]:
    """POST the delivery as signed JSON to a public address. Return what went wrong, and whether it always will.

    Any status of 2xx is a success.
    """
    settings = resources.settings
    message = with_links(resources.storage, row.payload["message"])
    body = json.dumps({**row.payload, "message": message}, ensure_ascii=False).encode()
    secret = team_secret(settings.secret_key, row.team_id)
    headers = {
        **_headers(settings, hook),
        "Content-Type": "application/json",
        "User-Agent": "Switchroom",
        HEADER: signature(secret, int(time.time()), body),
    }
    outgoing = Outgoing(private=settings.fetch_private_addresses)
    try:
        answer = await outgoing.request(
            "POST", hook.url, headers=headers.items(), body=body, seconds=SECONDS, max_bytes=MAX_BYTES
        )
        status = answer.status
    except OutgoingError as error:
        status = error.status  # The body is not used, so it may be too large.
        if not status:
            return str(error), str(error) in _FINAL
    return ("" if 200 <= status < 300 else f"status {status}"), False


def _headers(settings: Settings, hook: InboxWebhook) -> dict[str, str]:
    try:
        found: dict[str, str] = (
            json.loads(decrypt(settings, hook.sealed_headers)) if hook.sealed_headers else {}
        )
    except InvalidToken:
        return {}
    return found
