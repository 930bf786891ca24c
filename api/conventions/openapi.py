"""The OpenAPI document: what each operation's own declaration says, and what holds for all of them.

A router's decorator names the model of the answer. Everything else is added here:

- The operation's id is the handler's name. Its summary is the first sentence of the handler's docstring, or its name.
- The security scheme and the errors follow from what the handler takes. A decorator names further errors by their
  status alone: `responses={403: {}}`.
- The example of the answer follows from its model.
- A tag's description is the docstring of the package that uses the tag.

Clients get the public paths only.
"""

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from starlette.routing import BaseRoute

from api.conventions.answers import ID_EXAMPLE, Answer
from api.conventions.error_answers import ANSWERS, SERVER_ERROR
from api.conventions.examples import example
from api.conventions.router import TeamOperation
from api.core.deps import get_caller, get_identity, get_scope
from api.core.middleware import is_private
from api.core.route import SAFE_METHODS, Operation

BEARER, PASSWORD, NODE = "bearer", "password", "node"
SCHEMES = {
    BEARER: {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "The `access_token` of `POST /auth/login-user`.",
    },
    PASSWORD: {
        "type": "oauth2",
        "description": "An application's `client_id` and `client_secret`, sent in the body beside the user's name and "
        "password. `POST /auth/client` makes them.",
        "flows": {
            "password": {"tokenUrl": "/auth/login-user", "refreshUrl": "/auth/login-user", "scopes": {}}
        },
    },
    NODE: {
        "type": "http",
        "scheme": "basic",
        "description": "The name of an Asterisk node and the nodes' secret.",
    },
}
SIGNS_IN: dict[str, Any] = {"security": [{PASSWORD: []}]}
"""`openapi_extra` of an operation that takes the credentials of an application."""
Responses = dict[int | str, dict[str, Any]]
_IDENTIFIED = (get_identity, get_caller, get_scope)

_ERRORS: dict[int, tuple[str, str, dict[str, Any]]] = {
    400: (
        "Invalid",
        "Something sent is wrong: `response` has a message for each field.",
        {"name": "Required"},
    ),
    401: ("Unauthenticated", "The credentials are missing, wrong, expired or revoked.", {}),
    403: ("Forbidden", "The caller may see the object, but not do this.", {}),
    404: ("NotFound", "There is no such object, or the caller may not see it.", {}),
    409: ("Conflict", "The object's present state forbids it.", {}),
    412: ("Changed", "The object was changed meanwhile: `If-Match` names an older `ETag`.", {}),
    413: ("TooLarge", "The body is too large.", {}),
    429: ("TooMany", "Too many requests. `Retry-After` says in how many seconds to try again.", {}),
    500: ("ServerError", "A fault of ours. The id finds it in the log.", {"id": ID_EXAMPLE[1:]}),
    503: ("Unavailable", "A part that this needs is away or not configured.", {}),
}
"""Status -> the response's name, what it means, and what an example of `response` has if it is no message."""
_FILTERS: dict[str, dict[str, str]] = {
    "id": {"type": "string"},
    "text": {"type": "string"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "time": {"type": "string", "format": "date-time"},
}
"""Kind of a field -> the schema of a plain filter's value."""
_ETAG = {
    "schema": {"type": "string"},
    "description": "The object's `updated_at` in quotes. As `If-Match` it lets only this state be changed.",
}
_IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "schema": {"type": "string"},
    "description": "The object's `ETag`. If the object was changed meanwhile, the answer is 412.",
}
_TYPES = {**dict(ANSWERS.values()), 500: SERVER_ERROR}


@dataclass(frozen=True, slots=True)
class ErrorForm:
    """How one API answers errors. `prefix` begins the names of its responses, `name` is that of its schema.

    `example`: status and its meaning -> an answer.
    """

    prefix: str
    name: str
    schema: dict[str, Any]
    example: Callable[[int, str], dict[str, Any]]


def _team_example(status: int, meaning: str) -> dict[str, Any]:
    _, _, details = _ERRORS[status]
    return {"errorType": _TYPES[status], "response": details or {"message": meaning}}


TEAM_FORM = ErrorForm(
    "",
    "Error",
    {
        "title": "Error",
        "type": "object",
        "required": ["errorType", "response"],
        "properties": {
            "errorType": {"type": "string", "enum": list(_TYPES.values())},
            "response": {
                "type": "object",
                "additionalProperties": True,
                "description": "A message for each wrong field, or `message` and what belongs to it.",
            },
        },
    },
    _team_example,
)
"""The form of `/v1`, `/auth` and whatever has none of its own. An operation's `error_form` names another."""


def error_form_of(route: BaseRoute) -> ErrorForm:
    """Return in which form the operation answers errors."""
    form: ErrorForm = getattr(route, "error_form", TEAM_FORM)
    return form


def install(app: FastAPI) -> None:
    """Let the application answer the document of its public paths."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            public = [
                route for route in app.routes if isinstance(route, Operation) and not is_private(route.path)
            ]
            app.openapi_schema = describe(app, public)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def shows_text(example: str, kind: str = "text/plain", status: int = 200) -> Responses:
    """Return the `responses` of an operation that answers a text of this kind."""
    return {status: {"content": {kind: {"schema": {"type": "string"}, "example": example}}}}


def describe(app: FastAPI, routes: Sequence[BaseRoute]) -> dict[str, Any]:
    """Make the document of these routes of the application."""
    found = get_openapi(
        title=app.title,
        version=app.version,
        description=app.description,
        license_info=app.license_info,
        routes=routes,
    )
    schemas = found["components"]["schemas"]
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    _rename(found, _public_names(schemas))
    schemas = found["components"]["schemas"]
    forms = {form.name: form for form in map(error_form_of, routes)}
    schemas.update({form.name: form.schema for form in forms.values()})
    found["components"]["responses"] = {
        form.prefix + name: _error_response(form, status)
        for form in forms.values()
        for status, (name, _, _) in _ERRORS.items()
    }
    tags: dict[str, str] = {}
    for route in routes:
        if isinstance(route, Operation) and route.include_in_schema:
            tags |= {str(tag): _documentation(route) for tag in route.tags}
            for method in route.methods or ():
                _complete(found["paths"][route.path_format][method.lower()], method, route, schemas)
    operations = [operation for path in found["paths"].values() for operation in path.values()]
    used = {name for operation in operations for way in operation["security"] for name in way}
    found["components"]["securitySchemes"] = {name: SCHEMES[name] for name in SCHEMES if name in used}
    found["tags"] = [{"name": name, "description": text} for name, text in tags.items()]
    return found


def _public_names(schemas: dict[str, Any]) -> dict[str, str]:
    """Return the names under which clients see the models: `QueueAnswer` is `Queue` unless a body has that name."""
    names = {}
    for name in schemas:
        short = name.removesuffix("-Input").removesuffix("Answer")
        if name.endswith("-Output"):
            names[name] = name.removesuffix("-Output") + "Answer"
        elif short != name and short not in schemas:
            names[name] = short
    return names


def _rename(document: dict[str, Any], names: dict[str, str]) -> None:
    """Give schemas other names, also where they are referred to."""
    schemas = document["components"]["schemas"]
    document["components"]["schemas"] = {
        names.get(name, name): {**schema, "title": names.get(name, name)} for name, schema in schemas.items()
    }
    for part in _objects(document):
        if isinstance(target := part.get("$ref"), str):
            start, _, name = target.rpartition("/")
            part["$ref"] = f"{start}/{names.get(name, name)}"


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _objects(part)


def _documentation(route: Operation) -> str:
    module = route.endpoint.__module__.removesuffix(".routes")
    return (sys.modules[module].__doc__ or "").strip()


def _error_response(form: ErrorForm, status: int) -> dict[str, Any]:
    _, meaning, _ = _ERRORS[status]
    schema = {"$ref": f"#/components/schemas/{form.name}"}
    found: dict[str, Any] = {
        "description": meaning,
        "content": {"application/json": {"schema": schema, "example": form.example(status, meaning)}},
    }
    if status == 429:
        found["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds."}}
    return found


def has_etag(route: Operation) -> bool:
    """Say whether the answer is one object that says when it was changed."""
    model = route.response_model
    return isinstance(model, type) and issubclass(model, Answer) and "updated_at" in model.model_fields


def _takes_if_match(method: str, route: Operation) -> bool:
    return method in ("PATCH", "DELETE") and has_etag(route)


def _filters(route: Operation) -> Iterator[dict[str, Any]]:
    """Yield the plain filters of a list as parameters."""
    if isinstance(route, TeamOperation) and route.listed:
        for name in sorted(route.filters):
            yield {
                "name": name,
                "in": "query",
                "required": False,
                "description": "Lists only objects with this value, or with one of several.",
                "schema": {"type": "array", "items": _FILTERS[route.listed.kind(name)]},
            }


def _complete(operation: dict[str, Any], method: str, route: Operation, schemas: dict[str, Any]) -> None:
    operation["operationId"] = route.name
    operation["summary"], rest = _summary(route)
    operation.pop("description", None)
    if rest:
        operation["description"] = rest
    operation["security"] = security = _security(operation, route)
    operation.setdefault("parameters", []).extend(_filters(route))
    if _takes_if_match(method, route):
        operation["parameters"].append(_IF_MATCH)
    if not operation["parameters"]:
        del operation["parameters"]
    responses = operation["responses"]
    responses.pop("422", None)
    for status in _errors(operation, method, route, [name for scheme in security for name in scheme]):
        if "content" not in responses.get(str(status), {}):
            name = error_form_of(route).prefix + _ERRORS[status][0]
            responses[str(status)] = {"$ref": f"#/components/responses/{name}"}
    for status, response in responses.items():
        if status.startswith("2"):
            _complete_answer(operation, response, schemas)
            if has_etag(route):
                response.setdefault("headers", {})["ETag"] = _ETAG


def _complete_answer(operation: dict[str, Any], response: dict[str, Any], schemas: dict[str, Any]) -> None:
    content = response.get("content", {}).get("application/json")
    if content is not None:
        content["example"] = example(content["schema"], schemas)
    if any(parameter["name"] == "skip" for parameter in operation.get("parameters", ())):
        total = {"schema": {"type": "integer"}, "description": "How many objects there are on all pages."}
        following = {
            "schema": {"type": "string"},
            "description": "The `cursor` of the next page. There is none after the last page.",
        }
        response["headers"] = {"X-Total-Count": total, "X-Next-Cursor": following}


def _summary(route: Operation) -> tuple[str, str]:
    """Return the first sentence of the docstring, or the name in words, and the rest of the docstring."""
    text = route.description.strip()
    if not text:
        return route.name.replace("_", " ").capitalize(), ""
    first, *rest = re.split(r"(?<=\.)\s+|\n\n", text, maxsplit=1)
    return " ".join(first.split()).removesuffix("."), "".join(rest)


def _security(operation: dict[str, Any], route: Operation) -> list[dict[str, list[str]]]:
    """Return the ways to prove who the caller is, each enough by itself; none: anybody may call."""
    if operation.get("security") == SIGNS_IN["security"]:
        return [{PASSWORD: []}]
    if operation.get("security"):
        return [{NODE: []}]
    signed_in = any(call in _IDENTIFIED for call in calls_of(route.dependant))
    return [{BEARER: []}, {PASSWORD: []}] if signed_in else []


def _errors(operation: dict[str, Any], method: str, route: Operation, schemes: list[str]) -> Iterator[int]:
    """Return the statuses of the errors that this operation may answer."""
    yield from (int(status) for status in operation["responses"] if int(status) in _ERRORS)
    parameters = operation.get("parameters", [])
    if parameters or "requestBody" in operation or isinstance(route, TeamOperation):
        yield 400
    if schemes:
        yield 401
    if BEARER in schemes:
        yield from (403, 404)
    if any(parameter["in"] == "path" for parameter in parameters):
        yield 404
    if _takes_if_match(method, route):
        yield 412
    if "requestBody" in operation:
        yield 413
    if method not in SAFE_METHODS:
        yield 429
    yield from (500, 503)


def calls_of(dependant: Dependant) -> Iterator[Any]:
    """Yield what an operation depends on: the functions that make its parameters."""
    for dependency in dependant.dependencies:
        yield dependency.call
        yield from calls_of(dependency)
