"""The OpenAPI documents under test, and the operations by name."""

import secrets
from dataclasses import dataclass
from typing import Any

from fastapi.routing import APIRoute

from api.conventions.openapi import describe
from api.main import create_app
from switchroom.settings import Settings

APP = create_app(
    Settings(_env_file=None, secret_key=secrets.token_hex(32), database_url="sqlite:///nowhere.db")
)
"""The app is never started, so it opens no database."""
DOCUMENT: dict[str, Any] = describe(APP, APP.routes)
"""The document with the private paths. `APP.openapi()` makes the one that clients get."""
ROUTES = [route for route in APP.routes if isinstance(route, APIRoute)]
HIDDEN = {"to_docs", "show_reference", "get_asset", "get_widget", "search_nothing"}
"""Routes for people who read the document in a browser, and the script of the web chat."""


@dataclass(frozen=True)
class Operation:
    """An operation of the document, and the route that serves it."""

    route: APIRoute
    method: str
    said: dict[str, Any]

    @property
    def name(self) -> str:
        return self.route.name

    def good(self) -> tuple[str, dict[str, Any]]:
        """Return the status and the response of success."""
        return next(
            (status, response) for status, response in self.said["responses"].items() if status[0] in "23"
        )

    def schemes(self) -> set[str]:
        """Return the names of the security schemes of which one is enough."""
        return {name for way in self.said["security"] for name in way}

    def body(self) -> dict[str, Any] | None:
        """Return the schema of the JSON body, or None if the operation takes none."""
        content = self.said.get("requestBody", {}).get("content", {})
        found: dict[str, Any] | None = content.get("application/json", {}).get("schema")
        return found


OPERATIONS = [
    Operation(route, method, DOCUMENT["paths"][route.path_format][method.lower()])
    for route in ROUTES
    if route.include_in_schema
    for method in sorted(route.methods or ())
]


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema that a reference means, or the schema itself."""
    for part in (schema, *schema.get("anyOf", ())):
        if "$ref" in part:
            found: dict[str, Any] = DOCUMENT["components"]["schemas"][part["$ref"].rpartition("/")[2]]
            return found
    return schema
