"""Errors that the api answers: `{"errorType": T, "response": {...}}`, made from these classes in one
place.
"""

from collections.abc import Mapping
from typing import Any


class ApiError(Exception):
    """An error with a status. `response` is the answer's body under that name."""

    status = 500
    error_type = "server"

    def __init__(self, response: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{self.error_type}: {', '.join(response)}")
        self.response = dict(response)
        self.headers = dict(headers or {})


class ValidationFailed(ApiError):
    """400; a message per field."""

    status = 400
    error_type = "validation"


class Unauthenticated(ApiError):
    """401."""

    status = 401
    error_type = "authentication"

    def __init__(self, message: str = "The access token is missing, expired or revoked") -> None:
        super().__init__({"message": message}, {"WWW-Authenticate": "Bearer"})


class Forbidden(ApiError):
    """403: the caller may see the object, but not do this."""

    status = 403
    error_type = "forbidden"

    def __init__(self, message: str) -> None:
        super().__init__({"message": message})


class NotFound(ApiError):
    """404: there is no such object, or the caller is a stranger to it."""

    status = 404
    error_type = "not_found"

    def __init__(self, what: str) -> None:
        super().__init__({"message": f"No such {what}"})


class Conflict(ApiError):
    """409: the object's present state forbids it. `details` says what stands in the way."""

    status = 409
    error_type = "conflict"

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__({"message": message, **details})


class TooLarge(ApiError):
    """413."""

    status = 413
    error_type = "too_large"

    def __init__(self, limit: int) -> None:
        super().__init__({"message": f"The body is larger than {limit} bytes"})


class RateLimited(ApiError):
    """429, with `Retry-After` in seconds."""

    status = 429
    error_type = "rate_limited"

    def __init__(self, retry_after: int) -> None:
        super().__init__(
            {"message": f"Too many requests; try again in {retry_after} s"}, {"Retry-After": str(retry_after)}
        )


class Unavailable(ApiError):
    """503: a part that this needs is away or not configured."""

    status = 503
    error_type = "unavailable"

    def __init__(self, message: str) -> None:
        super().__init__({"message": message})


def error_body(error: ApiError) -> dict[str, Any]:
    """The answer's body."""
    return {"errorType": error.error_type, "response": error.response}
