"""The one place where exceptions become answers."""

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import IntegrityError, OperationalError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from api.core.errors import ApiError, Conflict, NotFound, Unavailable, ValidationFailed, error_body

_STATUS_TYPES = {
    400: "validation",
    401: "authentication",
    403: "forbidden",
    404: "not_found",
    409: "conflict",
    413: "too_large",
    429: "rate_limited",
    503: "unavailable",
}


def install(app: FastAPI) -> None:
    """Register the handlers."""
    app.add_exception_handler(ApiError, _api_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(IntegrityError, _integrity)
    app.add_exception_handler(OperationalError, _operational)


def _answer(error: ApiError) -> JSONResponse:
    return JSONResponse(error_body(error), error.status, error.headers)


async def _api_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ApiError)  # noqa: S101  (registered for this class)
    return _answer(error)


async def _invalid(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    problems: dict[str, str] = {}
    for item in error.errors():
        if item["loc"][:1] == ("path",):
            return _answer(NotFound(str(item["loc"][-1])))
        problems.setdefault(_field(item["loc"]), _message(item))
    return _answer(ValidationFailed(problems))


def _field(loc: tuple[Any, ...]) -> str:
    """The field as the client wrote it: `name`, `blocks.start`, `2.email`; `body` for the whole."""
    if loc and loc[-1] != loc[0] and isinstance(loc[-1], int) and loc[0] == "body" and len(loc) == 2:
        return "body"
    return ".".join(str(part) for part in loc[1:])[:200] or "body"


def _message(item: dict[str, Any]) -> str:
    message = str(item["msg"])
    if item["type"] == "missing":
        return "Required"
    return message.removeprefix("Value error, ")


async def _http(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101
    error_type = _STATUS_TYPES.get(error.status_code, "validation" if error.status_code < 500 else "server")
    body = {"errorType": error_type, "response": {"message": str(error.detail)}}
    return JSONResponse(body, error.status_code, dict(error.headers or {}))


async def _integrity(_request: Request, _error: Exception) -> JSONResponse:
    return _answer(Conflict("Another object stands in the way: a name or number is already taken"))


async def _operational(_request: Request, _error: Exception) -> JSONResponse:
    return _answer(Unavailable("The database is busy or away; try again"))
