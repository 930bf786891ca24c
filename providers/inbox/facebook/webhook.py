"""What Facebook sends us about pages: messages of people, and what became of ours.

https://developers.facebook.com/docs/graph-api/webhooks/getting-started
https://developers.facebook.com/docs/messenger-platform/reference/webhook-events
"""

import hashlib
import hmac
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from switchroom.inbox import AttachmentType, DeliveryState, Inbound, Receipt

Told = tuple[str, Inbound | Receipt]
"""A page's id, and what is said about it."""
MOST = 1000
"""Events in one call."""
_TYPES = {"image": AttachmentType.IMAGE, "video": AttachmentType.VIDEO, "audio": AttachmentType.AUDIO}
_YEARS = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))


def is_signed(app_secret: str, body: bytes, given: str) -> bool:
    """Return whether the header `X-Hub-Signature-256` is that of this body."""
    digest = hmac.new(app_secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(f"sha256={digest}".encode(), given.encode())


def told_by(body: Any, now: datetime) -> list[Told]:
    """Return what the call says, in its order. What this release does not know, and our own echoes, are left out.

    Raises ValueError if it is no call about pages.
    """
    if not isinstance(body, dict) or body.get("object") != "page" or not isinstance(body.get("entry"), list):
        raise ValueError("no call about pages")
    events = [
        (entry["id"], event)
        for entry in body["entry"]
        if isinstance(entry, dict) and _is_id(entry.get("id"))
        for event in _list(entry.get("messaging"))
        if isinstance(event, dict)
    ]
    return [told for page, event in events[:MOST] for told in _told(page, event, now)]


def _told(page: str, event: dict[str, Any], now: datetime) -> Iterator[Told]:
    sender = event.get("sender")
    person = sender.get("id") if isinstance(sender, dict) else None
    message, postback, delivery = (event.get(name) for name in ("message", "postback", "delivery"))
    if isinstance(delivery, dict):
        for mid in _list(delivery.get("mids")):
            if _is_id(mid):
                yield page, Receipt(mid, DeliveryState.DELIVERED)
        return
    said: Any = message if isinstance(message, dict) else postback
    if not isinstance(said, dict) or said.get("is_echo") or not _is_id(person) or not _is_id(said.get("mid")):
        return
    text = said.get("text" if isinstance(message, dict) else "title")
    yield (
        page,
        Inbound(
            provider_id=said["mid"],
            sender=str(person),
            text=_storable(text) if isinstance(text, str) else "",
            sent_at=_time(event.get("timestamp"), now),
            attachments=list(_attachments(said.get("attachments"))),
        ),
    )


def _attachments(found: Any) -> Iterator[dict[str, Any]]:
    for one in _list(found):
        payload = one.get("payload") if isinstance(one, dict) else None
        url = payload.get("url") if isinstance(payload, dict) else None
        if isinstance(url, str) and url.startswith("https://"):
            type_ = _TYPES.get(str(one.get("type")), AttachmentType.FILE)
            yield {"type": type_.value, "payload": {"url": _storable(url)[:2000]}}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 250 and value.isascii() and value.isprintable()


def _storable(text: str) -> str:
    """Return the text without what no database stores: NUL, and halves of surrogate pairs."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def _time(milliseconds: Any, now: datetime) -> datetime:
    try:
        found = datetime.fromtimestamp(int(milliseconds) / 1000, UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return now
    return found if _YEARS[0] < found < _YEARS[1] else now
