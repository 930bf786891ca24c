"""Make requests to a provider, with limits of time and size, and turn its errors into ours."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any

import httpx
import orjson

from providers.integrations.base import Conflict, CursorExpired, GrantRefused, ProviderError

Json = dict[str, Any]

TIMEOUT = httpx.Timeout(20.0, connect=5.0)
SECONDS = 60.0
"""How long an answer may take as a whole."""
MOST_BYTES = 32 * 1024 * 1024
"""The largest answer. A page has at most 1,000 contacts or 500 events."""
MOST_ROWS = 50_000
"""How many rows are read of one list."""

_EXPIRED = {
    "EXPIRED_SYNC_TOKEN",
    "fullSyncRequired",
    "SyncStateNotFound",
    "SyncStateInvalid",
    "resyncRequired",
}
_LACKS_RIGHTS = {
    "ACCESS_TOKEN_SCOPE_INSUFFICIENT", "insufficientPermissions", "ErrorAccessDenied", "Authorization_RequestDenied",
}  # fmt: skip


class Gone(ProviderError):
    """There is no such row (any more)."""


class Rejected(ProviderError):
    """The provider refused the request. `codes`: its words for why."""

    def __init__(self, text: str, codes: frozenset[str]) -> None:
        super().__init__(text)
        self.codes = codes


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of any status. `body`: its JSON object; empty if it has none."""

    status: int
    headers: httpx.Headers
    body: Json

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300


def send(service: str, method: str, url: str, **request: Any) -> Answer:
    """Make a request. `request`: httpx's `params`, `json`, `data` and `headers`.

    Raises ProviderError, which names `service`, if there is no answer or a successful one that cannot be read.
    """
    until = time.monotonic() + SECONDS
    raw = bytearray()
    try:
        with (
            httpx.Client(verify=_authorities(), timeout=TIMEOUT) as client,
            client.stream(method, url, **request) as answer,
        ):
            for chunk in answer.iter_bytes():
                raw += chunk
                if len(raw) > MOST_BYTES:
                    raise ProviderError(f"{service}: the answer is larger than {MOST_BYTES} bytes")
                if time.monotonic() > until:
                    raise ProviderError(f"{service}: the answer took longer than {SECONDS:.0f} seconds")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise ProviderError(f"{service}: {type(error).__name__}") from None
    body = _parse(bytes(raw))
    if answer.is_success and raw and body is None:
        raise ProviderError(f"{service}: the answer is not a JSON object ({answer.status_code})")
    return Answer(answer.status_code, answer.headers, body or {})


def error_of(service: str, answer: Answer) -> ProviderError:
    """Return what an unsuccessful answer means. Its text has the provider's codes, not its message."""
    codes = error_codes(answer.body)
    text = f"{service}: status {answer.status} {' '.join(sorted(codes))}".rstrip()
    if codes & _EXPIRED:
        return CursorExpired(text)
    if answer.status == 401:
        return GrantRefused(f"{text}: connect again")
    if answer.status == 403 and codes & _LACKS_RIGHTS:
        return GrantRefused(f"{text}: connect again, and allow what is asked for")
    if answer.status in (404, 410):
        return Gone(text)
    if answer.status in (409, 412):
        return Conflict(text)
    if answer.status == 429 or answer.status >= 500:
        return ProviderError(text, retry_after(answer.headers))
    return Rejected(text, codes)


def error_codes(body: Mapping[str, Any]) -> frozenset[str]:
    """Return the codes of an error of Google or of Microsoft.

    https://cloud.google.com/apis/design/errors
    https://developers.google.com/workspace/calendar/api/guides/errors
    https://learn.microsoft.com/en-us/graph/errors
    """
    error = body.get("error")
    if isinstance(error, str):
        return _words([error])
    if not isinstance(error, dict):
        return frozenset()
    parts = [
        part for name in ("errors", "details") for part in _list(error.get(name)) if isinstance(part, dict)
    ]
    return _words([error.get("code"), error.get("status"), *(part.get("reason") for part in parts)])


def retry_after(headers: httpx.Headers) -> float | None:
    """Return the seconds of `Retry-After`, which may be a date (RFC 9110, 10.2.3)."""
    given = headers.get("retry-after", "").strip()
    if given.isdecimal():
        return float(given)
    try:
        when = parsedate_to_datetime(given)
    except ValueError:
        return None
    return max(0.0, (when.replace(tzinfo=when.tzinfo or UTC) - datetime.now(UTC)).total_seconds())


def _words(found: list[Any]) -> frozenset[str]:
    return frozenset(word[:60] for word in found if isinstance(word, str) and word.replace("_", "").isalnum())


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _parse(raw: bytes) -> Json | None:
    try:
        found = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None


@lru_cache(maxsize=1)
def _authorities() -> Any:
    """Return TLS with the usual authorities. They are read once, because reading takes long."""
    return httpx.create_ssl_context()
