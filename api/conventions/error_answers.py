"""How `/v1`, `/auth` and whatever has no form of its own answer errors: `{"errorType": T, "response": {...}}`."""

import json
from typing import Any

from starlette.responses import JSONResponse, Response

from api.core import errors
from api.core.errors import DomainError, RateLimited, Unauthenticated

ANSWERS: dict[type[DomainError], tuple[int, str]] = {
    errors.ValidationFailed: (400, "validation"),
    errors.Unauthenticated: (401, "authentication"),
    errors.Forbidden: (403, "forbidden"),
    errors.NotFound: (404, "not_found"),
    errors.Conflict: (409, "conflict"),
    errors.Changed: (412, "changed"),
    errors.TooLarge: (413, "too_large"),
    errors.RateLimited: (429, "rate_limited"),
    errors.Unavailable: (503, "unavailable"),
}
"""Domain error -> status and `errorType`."""
SERVER_ERROR = "server"
"""`errorType` of a fault of ours, which answers 500."""
_TYPES = dict(ANSWERS.values())


class TeamSurface:
    """The team and telephony API."""

    prefix = ""

    def answer(self, error: DomainError) -> Response:
        """Return the error as JSON, with `Retry-After` or `WWW-Authenticate` where HTTP asks for it."""
        status, error_type = ANSWERS[type(error)]
        headers = {}
        if isinstance(error, RateLimited):
            headers["Retry-After"] = str(error.retry_after)
        if isinstance(error, Unauthenticated):
            headers["WWW-Authenticate"] = "Bearer"
        return _json(status, error_type, error.response, headers)

    def http_error(self, status: int, message: str, headers: dict[str, str]) -> Response:
        """Return an error of HTTP itself in the same form."""
        error_type = _TYPES.get(status, "validation" if status < 500 else SERVER_ERROR)
        return _json(status, error_type, {"message": message}, headers)

    def fault(self, request: str) -> Response:
        """Return a fault of ours: the id finds it in the log."""
        return _json(500, SERVER_ERROR, {"id": request}, {})


class ErrorAnswer(JSONResponse):
    """An error as JSON. It may repeat what the client sent, so half of a surrogate pair becomes a question mark."""

    def render(self, content: Any) -> bytes:
        return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _json(status: int, error_type: str, response: object, headers: dict[str, str]) -> Response:
    return ErrorAnswer({"errorType": error_type, "response": response}, status, headers)
