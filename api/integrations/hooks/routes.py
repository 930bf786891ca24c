"""What Google and Microsoft Graph call. Each call is answered at once; a worker then asks what changed."""

import json
import secrets
from typing import Annotated, Any

from fastapi import Depends, Header, Query, Request
from fastapi.responses import PlainTextResponse
from sqlmodel import Session, col, select

from api.conventions.answers import Nothing
from api.conventions.openapi import shows_text
from api.core.context import Context
from api.core.deps import AddressDep, ContextDep
from api.core.errors import NotFound, ValidationFailed
from api.core.route import router as operations
from models import Integration
from models.integration import hash_secret
from workers.enqueue import enqueue

router = operations(tags=["hooks"])

MOST_NOTES = 1000
"""Notifications in one call of Microsoft Graph. They are of few subscriptions."""
CALLS = "600 per minute"
"""From one address. Providers come from many."""

_NOTES: dict[str, Any] = {
    "type": "object",
    "properties": {
        "value": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"subscriptionId": {"type": "string"}, "clientState": {"type": "string"}},
                "required": ["subscriptionId", "clientState"],
            },
        }
    },
    "required": ["value"],
    "example": {
        "value": [{"subscriptionId": "7f105c7d-2dc5-4530-97cd-4e7ae6534c07", "clientState": "secret"}]
    },
}
"""What Microsoft Graph sends. With `validationToken` it sends no body."""


@router.post("/hooks/google", response_model=Nothing, status_code=202, responses={404: {}})
def google_hook(
    context: ContextDep,
    address: AddressDep,
    channel: Annotated[str, Header(alias="X-Goog-Channel-ID", max_length=255)] = "",
    token: Annotated[str, Header(alias="X-Goog-Channel-Token", max_length=500)] = "",
    state: Annotated[str, Header(alias="X-Goog-Resource-State", max_length=50)] = "",
) -> dict[str, Any]:
    """Hear from Google that a calendar changed. The first call of a channel, `sync`, only says that it works."""
    context.limiter.hit(CALLS, "hook", address)
    found = _known(context, "google", [(channel, token)])
    if state != "sync":
        _start(context, found)
    return {}


async def _graph_notes(
    request: Request, validationToken: Annotated[str | None, Query(max_length=2000)] = None
) -> list[tuple[str, str]]:
    """Return the subscriptions that the body names, each with its secret."""
    if validationToken is not None:
        return []
    try:
        body = json.loads(await request.body())
        notes = body["value"][:MOST_NOTES]
        return sorted({(str(note["subscriptionId"]), str(note["clientState"])) for note in notes})
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ValidationFailed(
            {"value": "Must be a list of change notifications of Microsoft Graph"}
        ) from None


@router.post(
    "/hooks/office365",
    status_code=202,
    response_model=Nothing,
    responses={**shows_text("the token of the query"), 400: {}, 404: {}},
    openapi_extra={"requestBody": {"content": {"application/json": {"schema": _NOTES}}}},
)
def office365_hook(
    context: ContextDep,
    address: AddressDep,
    notes: Annotated[list[tuple[str, str]], Depends(_graph_notes)],
    validationToken: Annotated[str | None, Query(max_length=2000)] = None,
) -> Any:
    """Hear from Microsoft Graph what changed. With `validationToken` it asks whether the address is ours."""
    context.limiter.hit(CALLS, "hook", address)
    if validationToken is not None:
        return PlainTextResponse(validationToken, 200)
    _start(context, _known(context, "office365", notes))
    return {}


def _known(context: Context, provider: str, notes: list[tuple[str, str]]) -> list[str]:
    """Return the integrations that the notes are about. Raises NotFound if none has such a watch and secret."""

    def find(session: Session) -> list[str]:
        watched = select(Integration).where(
            col(Integration.watch_id).in_([watch for watch, _ in notes if watch]),
            col(Integration.provider) == provider,
        )
        rows = session.exec(watched).all()
        return [
            row.id
            for row in rows
            for watch, secret in notes
            if row.watch_id == watch and secrets.compare_digest(row.watch_hash or "", hash_secret(secret))
        ]

    found = context.read(find)
    if not found:
        raise NotFound("watch")
    return list(dict.fromkeys(found))


def _start(context: Context, integrations: list[str]) -> None:
    for integration_id in integrations:
        enqueue(context.redis, "sync_integration", integration_id)
