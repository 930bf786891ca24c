"""The one place where exceptions become answers. How an answer looks is the surface's: see `Surface`."""

import logging
from collections.abc import Sequence
from typing import Any, Protocol

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import (
    DatabaseError,
    DataError,
    IntegrityError,
    InterfaceError,
    NotSupportedError,
    ProgrammingError,
    TimeoutError,
)
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Scope

from api.core.errors import Conflict, DomainError, NotFound, Unavailable, ValidationFailed
from api.core.route import methods_of
from switchroom.plain_words import plain_words

log = logging.getLogger(__name__)


class Surface(Protocol):
    """One API with its own codes for the same errors."""

    prefix: str
    """Start of its paths, in lower case."""

    def answer(self, error: DomainError) -> Response:
        """Return the answer for this error."""

    def http_error(self, status: int, message: str, headers: dict[str, str]) -> Response:
        """Return the answer for an error of HTTP itself: no such path, no such method."""

    def fault(self, request: str) -> Response:
        """Return the answer for a fault of ours, by the request's id and nothing else."""


def surface_of(surfaces: Sequence[Surface], scope: Scope) -> Surface:
    """Return the first surface that the request's path belongs to. The last one takes every path."""
    path = scope["path"].lower()
    return next((one for one in surfaces if path.startswith(one.prefix)), surfaces[-1])


def install(app: FastAPI, surfaces: Sequence[Surface]) -> None:
    """Register the handlers. Every exception becomes a domain error first, and then its surface's answer."""

    def answer(request: Request, error: DomainError) -> Response:
        return surface_of(surfaces, request.scope).answer(error)

    async def domain(request: Request, error: Exception) -> Response:
        assert isinstance(error, DomainError)  # noqa: S101 - registered for this class
        return answer(request, error)

    async def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101
        return answer(request, invalid_request(error))

    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101
        surface = surface_of(surfaces, request.scope)
        headers = dict(error.headers or {})
        if error.status_code == 405:
            # Starlette names the methods of the first route with this path only.
            headers["Allow"] = ", ".join(methods_of(app.routes, request.scope))
        return surface.http_error(error.status_code, str(error.detail), headers)

    async def integrity(request: Request, _error: Exception) -> Response:
        return answer(
            request, Conflict("Another object stands in the way: a name or number is already taken")
        )

    async def outage(request: Request, error: Exception) -> Response:
        """Answer that the database is away, locked, read-only, damaged, or has no connection left."""
        if isinstance(error, ProgrammingError | DataError | NotSupportedError):
            raise error
        # Without the statement's parameters, which are somebody's data. A bad statement may be such an error too.
        log.warning(
            "the database refused a request", extra={"error": str(getattr(error, "orig", error))[:500]}
        )
        return answer(request, Unavailable("The database is busy or away; try again"))

    app.add_exception_handler(DomainError, domain)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(IntegrityError, integrity)
    for kind in (DatabaseError, InterfaceError, TimeoutError):
        app.add_exception_handler(kind, outage)


def invalid_request(error: RequestValidationError) -> DomainError:
    """Return the domain error for parameters or a body that do not fit: a message for each field."""
    problems: dict[str, str] = {}
    for item in error.errors():
        if item["loc"][:1] == ("path",):
            return NotFound(str(item["loc"][-1]))
        problems.setdefault(_field(item["loc"]), plain_words(item))
    return ValidationFailed(problems)


def _field(loc: tuple[Any, ...]) -> str:
    """The field as the client wrote it: `name`, `blocks.start`, `2.email`; `body` for the whole."""
    if loc and loc[-1] != loc[0] and isinstance(loc[-1], int) and loc[0] == "body" and len(loc) == 2:
        return "body"
    return ".".join(str(part) for part in loc[1:])[:200] or "body"
