"""What can go wrong in the domain. None of these knows HTTP: each surface has a table of its own codes for them."""

from collections.abc import Mapping
from typing import Any


class DomainError(Exception):
    """Why an operation was not carried out. `response` says it to the client: it names no secret."""

    def __init__(self, response: Mapping[str, Any]) -> None:
        super().__init__(f"{type(self).__name__}: {', '.join(response)}")
        self.response = dict(response)


class ValidationFailed(DomainError):
    """What the client sent is wrong: a message for each field."""


class Unauthenticated(DomainError):
    """Nobody known asks."""

    def __init__(self, message: str = "The access token is missing, expired or revoked") -> None:
        super().__init__({"message": message})


class Forbidden(DomainError):
    """The caller may see the object, but not do this."""

    def __init__(self, message: str) -> None:
        super().__init__({"message": message})


class NotFound(DomainError):
    """There is no such object, or the caller is a stranger to it."""

    def __init__(self, what: str) -> None:
        super().__init__({"message": f"No such {what}"})
        self.what = what
        """The kind of object, in the words of its surface."""


class Conflict(DomainError):
    """The object's present state forbids it. `details` says what stands in the way."""

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__({"message": message, **details})


class Changed(DomainError):
    """The object is no longer as the caller read it."""

    def __init__(self) -> None:
        super().__init__({"message": "The object was changed meanwhile. Read it again (If-Match)"})


class TooLarge(DomainError):
    """More than we take."""

    def __init__(self, limit: int, what: str = "bytes") -> None:
        super().__init__({"message": f"The body is larger than {limit} {what}"})


class RateLimited(DomainError):
    """Too often. `retry_after`: seconds until it is worth another try."""

    def __init__(self, retry_after: int) -> None:
        super().__init__({"message": f"Too many requests; try again in {retry_after} s"})
        self.retry_after = retry_after


class Unavailable(DomainError):
    """A part that this needs is away or not configured."""

    def __init__(self, message: str) -> None:
        super().__init__({"message": message})
