"""The OpenAPI document: what each operation's own declaration says, and what holds for all of them.

A router's decorator names the model of the answer. The summary is the first line of the handler's docstring, or its
name. The security scheme, the errors and the examples follow from what the handler takes and answers.
"""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi

from api.core.deps import get_caller, get_identity, get_scope
from api.core.route import Operation

BEARER = "bearer"
_IDENTIFIED = (get_identity, get_caller, get_scope)
_ERROR = {
    "title": "Error",
    "type": "object",
    "required": ["errorType", "response"],
    "properties": {
        "errorType": {"type": "string", "examples": ["not_found"]},
        "response": {
            "type": "object",
            "additionalProperties": True,
            "examples": [{"message": "No such queue"}],
        },
    },
}
_WHY = {
    "400": "A field is missing or wrong: `response` has a message for each.",
    "401": "The access token is missing, expired or revoked.",
    "403": "The caller may see the object, but not do this.",
    "404": "There is no such object, or the caller is a stranger to it.",
    "409": "The object's present state forbids it.",
    "413": "The body is too large.",
    "429": "Too many requests: `Retry-After` says when to come back, in seconds.",
    "503": "A part that this needs is away or not configured.",
}


def install(app: FastAPI) -> None:
    """Let the application answer the complete document."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = describe(app)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def describe(app: FastAPI) -> dict[str, Any]:
    """Make the document."""
    found = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    components = found.setdefault("components", {})
    components.setdefault("schemas", {})["Error"] = _ERROR
    components["securitySchemes"] = {
        BEARER: {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "The `access_token` of `POST /auth/login-user`.",
        }
    }
    for route in app.routes:
        if isinstance(route, Operation) and route.include_in_schema:
            for method in route.methods or ():
                _complete(
                    found["paths"][route.path_format][method.lower()], method, route, components["schemas"]
                )
    return found


def _complete(operation: dict[str, Any], method: str, route: Operation, schemas: dict[str, Any]) -> None:
    operation["operationId"] = route.name
    first_line = (route.description or "").strip().split("\n")[0]
    operation["summary"] = first_line or route.name.replace("_", " ").capitalize()
    signed_in = any(call in _IDENTIFIED for call in _calls(route.dependant))
    operation["security"] = [{BEARER: []}] if signed_in else []
    responses = operation["responses"]
    responses.pop("422", None)
    for status in _errors(operation, method, signed_in):
        content = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
        responses.setdefault(status, {"description": _WHY[status], "content": content})
    if method == "PATCH":
        _without_defaults(operation, schemas)
    for status, response in responses.items():
        content = response.get("content", {}).get("application/json")
        if status.startswith("2") and content and content.get("schema"):
            content["example"] = example(content["schema"], schemas)


def _errors(operation: dict[str, Any], method: str, signed_in: bool) -> Iterator[str]:
    """The statuses of the errors that this operation may answer."""
    parameters = operation.get("parameters", [])
    if parameters or "requestBody" in operation:
        yield "400"
    if signed_in:
        yield from ("401", "403", "404")
    elif any(parameter["in"] == "path" for parameter in parameters):
        yield "404"
    if method not in ("GET", "HEAD"):
        yield from ("409", "413", "429")
    yield "503"


def _calls(dependant: Dependant) -> Iterator[Any]:
    for dependency in dependant.dependencies:
        yield dependency.call
        yield from _calls(dependency)


def _without_defaults(operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    """In a PATCH, what is left out stays as it is: no field has a default."""
    schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    for part in (schema, *schema.get("anyOf", ())):
        if "$ref" in part:
            for field in schemas[part["$ref"].rpartition("/")[2]].get("properties", {}).values():
                field.pop("default", None)


def example(schema: dict[str, Any], schemas: dict[str, Any], depth: int = 0) -> Any:
    """Make an example of this schema, from the examples of its parts."""
    if "$ref" in schema:
        return example(schemas[schema["$ref"].rpartition("/")[2]], schemas, depth + 1)
    for key in ("examples", "enum"):
        if schema.get(key):
            return schema[key][0]
    if "const" in schema:
        return schema["const"]
    if "anyOf" in schema:
        return example(schema["anyOf"][0], schemas, depth + 1)
    match schema.get("type"):
        case "object":
            fields = schema.get("properties", {})
            return {name: example(field, schemas, depth + 1) for name, field in fields.items()}
        case "array":
            return [example(schema["items"], schemas, depth + 1)] if schema.get("items") and depth < 8 else []
        case "string":
            return "text"
        case "integer":
            return 1
        case "number":
            return 1.5
        case "boolean":
            return True
        case "null":
            return None
    return {}
