"""How `/inbox` answers errors: `{"code": NNN, "message": "..."}`. `docs/inbox-errors.md` is made of `CODES`."""

from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from api.conventions.error_answers import ErrorAnswer
from api.conventions.openapi import ErrorForm
from api.core import errors as core
from api.core.errors import DomainError, NotFound, RateLimited, Unauthenticated
from api.inbox import errors


@dataclass(frozen=True, slots=True)
class Code:
    """One row of the table. `what`: the kind of object, for `NotFound`; None: any other."""

    code: int
    status: int
    meaning: str
    error: type[DomainError] | None = None
    what: str | None = None


CODES: tuple[Code, ...] = (
    Code(101, 400, "Something in the body is wrong. The message names each field.", core.ValidationFailed),
    Code(102, 401, "The token is missing, wrong, expired or revoked.", core.Unauthenticated),
    Code(103, 403, "The caller may see the object, but not do this.", core.Forbidden),
    Code(104, 404, "There is no such object, or the caller may not see it.", core.NotFound),
    Code(105, 409, "The object's present state forbids it.", core.Conflict),
    Code(106, 412, "The object was changed meanwhile.", core.Changed),
    Code(107, 413, "The body is too large.", core.TooLarge),
    Code(
        108, 429, "Too many requests. `Retry-After` says in how many seconds to try again.", core.RateLimited
    ),
    Code(109, 503, "A part that this needs is away or not configured.", core.Unavailable),
    Code(110, 404, "There is no such path."),
    Code(111, 405, "The path takes no such method: use POST."),
    Code(112, 500, "A fault of ours. The id in the message finds it in the log."),
    Code(
        201, 404, "There is no such organization, or the caller is no member of it.", NotFound, "organization"
    ),
    Code(202, 404, "There is no such conversation.", NotFound, "conversation"),
    Code(203, 404, "There is no such contact.", NotFound, "contact"),
    Code(204, 404, "The contact has no such info.", NotFound, "info"),
    Code(205, 404, "There is no such tag.", NotFound, "tag"),
    Code(206, 404, "There is no such channel.", NotFound, "channel"),
    Code(207, 404, "There is no such team.", NotFound, "team"),
    Code(208, 404, "There is no such template.", NotFound, "template"),
    Code(209, 404, "The organization has no webhook.", NotFound, "webhook"),
    Code(210, 404, "There is no such delivery.", NotFound, "delivery"),
    Code(211, 404, "There is no such file.", NotFound, "file"),
    Code(212, 404, "There is no such note.", NotFound, "note"),
    Code(213, 404, "There is no such saved reply.", NotFound, "saved reply"),
    Code(214, 404, "There is no such export or erasure.", NotFound, "privacy request"),
    Code(301, 409, "The contact has not written for more than 7 days.", errors.ConversationBlocked),
    Code(302, 409, "The channel is not connected.", errors.ChannelNotConnected),
    Code(303, 400, "A variable of the template has no value. The message names it.", errors.MissingVariables),
    Code(304, 409, "The template is for another source.", errors.WrongSource),
    Code(305, 409, "Another object of the organization has this name.", errors.NameTaken),
    Code(306, 409, "The channel is connected to another organization.", errors.ChannelElsewhere),
    Code(307, 409, "The contact has no telephone number.", errors.NoNumber),
    Code(308, 409, "The conversation is not offered to the caller, or not any more.", errors.NotOffered),
    Code(309, 409, "The conversation waits in no queue, and no agent has it from one.", errors.NoWork),
)
"""The table of all codes."""
_BY_ERROR = {(code.error, code.what): code for code in CODES if code.error is not None}
_BY_STATUS = {404: 110, 405: 111}
_FAULT = 112


def code_of(error: DomainError) -> Code:
    """Return the code of a domain error."""
    what = error.what if isinstance(error, NotFound) else None
    return _BY_ERROR.get((type(error), what)) or _BY_ERROR[type(error), None]


class InboxSurface:
    """The customer-inbox API."""

    prefix = "/inbox/"

    def answer(self, error: DomainError) -> Response:
        """Return the error as JSON, with `Retry-After` or `WWW-Authenticate` where HTTP asks for it."""
        headers = {}
        if isinstance(error, RateLimited):
            headers["Retry-After"] = str(error.retry_after)
        if isinstance(error, Unauthenticated):
            headers["WWW-Authenticate"] = "Bearer"
        found = code_of(error)
        return _json(found.status, found.code, _message(error), headers)

    def http_error(self, status: int, message: str, headers: dict[str, str]) -> Response:
        """Return an error of HTTP itself in the same form."""
        code = _BY_STATUS.get(status, 101 if status < 500 else _FAULT)
        return _json(status, code, message, headers)

    def fault(self, request: str) -> Response:
        """Return a fault of ours by the request's id."""
        return _json(500, _FAULT, request, {})


def _message(error: DomainError) -> str:
    """Return one text: the message and its reason, or what is wrong with each field."""
    if isinstance(error, core.ValidationFailed):
        return "; ".join(f"{field}: {problem}" for field, problem in error.response.items())
    reason = error.response.get("reason")
    return f"{error.response['message']} ({reason})" if reason else str(error.response["message"])


def _json(status: int, code: int, message: str, headers: dict[str, str]) -> Response:
    return ErrorAnswer({"code": code, "message": message}, status, headers)


def _example(status: int, meaning: str) -> dict[str, Any]:
    return {"code": next(code.code for code in CODES if code.status == status), "message": meaning}


INBOX_FORM = ErrorForm(
    "Inbox",
    "InboxError",
    {
        "title": "InboxError",
        "type": "object",
        "required": ["code", "message"],
        "properties": {
            "code": {"type": "integer", "enum": [code.code for code in CODES]},
            "message": {"type": "string", "description": "What is wrong, and what would be right."},
        },
    },
    _example,
)
"""The form of these errors in the OpenAPI document."""
