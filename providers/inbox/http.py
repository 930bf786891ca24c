"""Make requests to a source, and turn its errors into ours."""

from typing import Any

import httpx
import orjson

TIMEOUT = httpx.Timeout(20.0, connect=5.0)
MOST_BYTES = 8 * 1024 * 1024
Json = dict[str, Any]


class SourceError(Exception):
    """The source did not do what it was asked. Try again, after `seconds` if it names them."""

    def __init__(self, why: str, seconds: float | None = None) -> None:
        super().__init__(why)
        self.seconds = seconds


class SourceRefused(SourceError):
    """Another try would change nothing. The text says why, in the source's words."""


class Unknown(SourceError):
    """The source may have done it, or not: its answer did not arrive."""


def ask(service: str, method: str, url: str, *, busy: frozenset[int] = frozenset(), **request: Any) -> Json:
    """Return the JSON object that the source answers. `request`: httpx's `params`, `json`, `data`, `auth`, `headers`.

    `busy`: codes of errors after which the source wants another try.

    Raises SourceError (not reached, or busy), SourceRefused, and Unknown if the request may have been carried out.
    """
    try:
        answer = httpx.request(method, url, timeout=TIMEOUT, **request)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.InvalidURL) as error:
        raise SourceError(f"{service}: not reached ({type(error).__name__})") from None
    except httpx.HTTPError as error:
        raise Unknown(f"{service}: no answer ({type(error).__name__})") from None
    body = _parsed(answer.content)
    if answer.status_code == 429 or answer.status_code == 503:
        raise SourceError(f"{service}: status {answer.status_code}", _retry_after(answer))
    if answer.status_code >= 500:
        raise Unknown(f"{service}: status {answer.status_code}", _retry_after(answer))
    inner = body.get("error")
    if not answer.is_success and isinstance(inner, dict) and inner.get("code") in busy:
        raise SourceError(f"{service}: {_reason(body)}")
    if not answer.is_success:
        raise SourceRefused(f"{service}: {_reason(body) or f'status {answer.status_code}'}")
    return body


def _parsed(raw: bytes) -> Json:
    try:
        found = orjson.loads(raw) if len(raw) <= MOST_BYTES else {}
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _reason(body: Json) -> str:
    """Return the source's words for an error: Twilio's `code` and `message`, or Graph's `error`."""
    inner = body.get("error")
    error: Json = inner if isinstance(inner, dict) else body
    words = [str(error[name]) for name in ("code", "message") if error.get(name) is not None]
    return " ".join(" ".join(words).split())[:200]


def _retry_after(answer: httpx.Response) -> float | None:
    given = answer.headers.get("retry-after", "")
    return float(given) if given.isdecimal() else None
