"""Web Push: browsers' own push services (RFC 8030), the encryption of payloads (RFC 8291), VAPID (RFC 8292).

The browser's page names the service's URL, so the request goes to public https addresses only. pywebpush encrypts and
py-vapid signs; neither sends.
"""

import json
import time
from urllib.parse import urlsplit

from py_vapid import Vapid02, VapidException
from pywebpush import WebPusher

from providers.push.base import GoneError, LaterError, Note, PushError
from switchroom.http_client import Outgoing, OutgoingError

SECONDS, MOST_BYTES = 10.0, 65_536
TOKEN_SECONDS = 12 * 3600
"""How long a signature is good for. Push services refuse more than a day."""
_FINAL_ERRORS = frozenset({"bad url", "refused address", "bad request"})


class WebPush:
    """`private_key`: see `switchroom.vapid`. `subject` tells push services whom to write to: `mailto:` or `https:`."""

    def __init__(self, private_key: str, subject: str, outgoing: Outgoing) -> None:
        self._vapid = Vapid02.from_raw(private_key.encode())
        self._subject = subject
        self._outgoing = outgoing

    async def send(self, address: str, note: Note) -> None:
        """See `providers.push.base.Pusher`."""
        subscription = json.loads(address)
        url = subscription["endpoint"]
        if urlsplit(url).scheme != "https":
            raise PushError("Web Push: the subscription's URL is not https")
        shown = {"id": note.id, "title": note.title, "body": note.text, "data": dict(note.data)}
        body = WebPusher(subscription).encode(json.dumps(shown, ensure_ascii=False).encode())["body"]
        try:
            answer = await self._outgoing.request(
                "POST",
                url,
                headers=self._headers(url, note),
                body=body,
                seconds=SECONDS,
                max_bytes=MOST_BYTES,
            )
            status = answer.status
        except OutgoingError as error:
            status = error.status  # The answer's body is not used, so it may be too large.
            if not status:
                kind = PushError if str(error) in _FINAL_ERRORS else LaterError
                raise kind(f"Web Push: {error}") from None
        _check(status)

    def _headers(self, url: str, note: Note) -> list[tuple[str, str]]:
        parts = urlsplit(url)
        claims = {
            "aud": f"https://{parts.netloc}",
            "sub": self._subject,
            "exp": int(time.time()) + TOKEN_SECONDS,
        }
        try:
            signed = self._vapid.sign(claims)["Authorization"]
        except VapidException:
            raise PushError(
                "Web Push: the subscription's URL, or SWITCHROOM_VAPID_SUBJECT, cannot be signed"
            ) from None
        return [
            ("Authorization", signed),
            ("Content-Encoding", "aes128gcm"),
            ("Content-Type", "application/octet-stream"),
            ("TTL", str(note.seconds)),
            ("Topic", note.id),
            ("Urgency", "high"),
        ]


def _check(status: int) -> None:
    if status in (404, 410):
        raise GoneError(f"Web Push: status {status}")
    if status in (408, 429) or status >= 500:
        raise LaterError(f"Web Push: status {status}")
    if not 200 <= status < 300:
        raise PushError(f"Web Push: status {status}")
