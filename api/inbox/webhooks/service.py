"""What is done with webhooks."""

import json
from typing import Any

from cryptography.fernet import InvalidToken
from sqlalchemy import func
from sqlalchemy import select as sa_select
from sqlmodel import col, select

from api.accounts.audit import actor_of, record
from api.conventions.resource import Shown
from api.core.errors import NotFound
from api.core.scope import Scope
from api.inbox.organization import administered
from api.inbox.pages import Order, read_page
from api.inbox.webhooks.schemas import DeliveriesSought, Replay, Subscription
from models import InboxDelivery, InboxWebhook, WebhookState, utcnow
from models.outbox import OutboxKind, emit
from models.shown import show_time
from switchroom.encryption import decrypt, encrypt
from switchroom.ids import dashed_id
from switchroom.messages.outbox import JobRequest
from switchroom.settings import Settings

MOST_REPLAYED = 1000
_NEWEST = Order((col(InboxDelivery.id),), ("id",))


def subscribe(scope: Scope, settings: Settings, body: Subscription, address: str) -> None:
    """Let the organization hear of its messages at this address only. Raises NotFound, Forbidden."""
    team = administered(scope, body.organization_id)
    hook = _find(scope, team) or InboxWebhook(team_id=team, url="")
    hook.url = body.url
    hook.sealed_headers = encrypt(settings, json.dumps(body.headers)) if body.headers else None
    scope.session.add(hook)
    record(scope.session, actor_of(scope, address), "webhook subscribed", hook.id, team_id=team)


def unsubscribe(scope: Scope, team_id: str, address: str) -> None:
    """Let the organization hear nothing more. Raises NotFound, Forbidden."""
    team = administered(scope, team_id)
    hook = _require(scope, team)
    scope.session.delete(hook)
    record(scope.session, actor_of(scope, address), "webhook unsubscribed", hook.id, team_id=team)


def show(scope: Scope, settings: Settings, team_id: str) -> Shown:
    """Return where the organization hears of its messages. Raises NotFound, Forbidden."""
    hook = _require(scope, administered(scope, team_id))
    return {"status": "Subscribed", "url": hook.url, "headers": headers_of(settings, hook)}


def headers_of(settings: Settings, hook: InboxWebhook) -> dict[str, str]:
    """Return the webhook's headers; none that were encrypted with a key that is gone."""
    try:
        found: dict[str, str] = (
            json.loads(decrypt(settings, hook.sealed_headers)) if hook.sealed_headers else {}
        )
    except InvalidToken:
        return {}
    return found


def deliveries(scope: Scope, body: DeliveriesSought) -> Shown:
    """Return a page of the organization's deliveries, the newest first. Raises NotFound, Forbidden."""
    team = administered(scope, body.organization_id)
    mine = (col(InboxDelivery.team_id) == team, col(InboxDelivery.state) == body.state.value)
    page = read_page(
        scope.session, sa_select(InboxDelivery).where(*mine), _NEWEST, body, lambda row: (row[0].id,)
    )
    counted = sa_select(func.count()).select_from(InboxDelivery).where(*mine)
    total = int(scope.session.execute(counted).scalar_one())
    return {
        "data": [_show(row[0]) for row in page.rows],
        "response_metadata": page.metadata(total=total),
    }


def replay(scope: Scope, body: Replay) -> int:
    """Make dead deliveries again, oldest first, 1,000 at most. Return how many. Raises NotFound, Forbidden."""
    team = administered(scope, body.organization_id)
    dead = select(InboxDelivery).where(
        col(InboxDelivery.team_id) == team, col(InboxDelivery.state) == WebhookState.DEAD.value
    )
    if body.delivery_ids is not None:
        dead = dead.where(col(InboxDelivery.id).in_(body.delivery_ids))
    rows = scope.session.exec(dead.order_by(col(InboxDelivery.id)).limit(MOST_REPLAYED)).all()
    if body.delivery_ids and not rows:
        raise NotFound("delivery")
    now = utcnow()
    for row in rows:
        row.state, row.due_at, row.attempts, row.replayed_at = WebhookState.WAITING.value, now, 0, now
        job = JobRequest(name="deliver_inbox_webhook", args=[row.id])
        emit(scope.session, OutboxKind.JOB, job.model_dump())
    return len(rows)


def _find(scope: Scope, team: str) -> InboxWebhook | None:
    return scope.session.exec(select(InboxWebhook).where(col(InboxWebhook.team_id) == team)).first()


def _require(scope: Scope, team: str) -> InboxWebhook:
    hook = _find(scope, team)
    if hook is None:
        raise NotFound("webhook")
    return hook


def _show(row: Any) -> Shown:
    return {
        "id": dashed_id(row.id),
        "conversation_id": dashed_id(row.conversation_id),
        "event": row.event,
        "state": row.state,
        "attempts": row.attempts,
        "problem": row.problem,
        "created_at": show_time(row.created_at),
        "delivered_at": row.delivered_at and show_time(row.delivered_at),
        "payload": row.payload,
    }
