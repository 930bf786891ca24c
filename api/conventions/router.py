"""The router of a feature under `/v1`, and what holds for every operation there."""

from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter, Request
from fastapi.dependencies.models import Dependant
from starlette.types import Receive, Scope, Send

from api.conventions.lists import Lists
from api.conventions.resource import Resource
from api.core.errors import ValidationFailed
from api.core.route import Operation, router


class TeamOperation(Operation):
    """An operation of the team API. It refuses a query parameter that it does not know.

    A client may send parameters that are not set as empty (`?team=&type=`), as the document does. An operation that
    only reads passes over them, but for the filters of texts that may be empty (`?last_name=`), and for the cursor: a
    client that has none would read the list from its beginning for ever.
    """

    def __init__(self, path: str, endpoint: Any, **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        parts = list(_parts(self.dependant))
        parameters = frozenset(parameter.alias for part in parts for parameter in part.query_params)
        self.listed: Resource | None = next(
            (part.call.resource for part in parts if isinstance(part.call, Lists)), None
        )
        """What the operation lists, if it is a list."""
        self.filters = self.listed.queryable - parameters if self.listed else frozenset[str]()
        """The fields by which its list is filtered. A parameter of the operation's own takes the place of a field."""
        self._known = parameters | self.filters
        free = self.filters & self.listed.maybe_blank if self.listed else frozenset[str]()
        unset = self._known - free - {"cursor"} if self.reads else ()
        self._unset = frozenset(name.encode() for name in unset)
        """The names that say nothing without a value."""

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        if query := scope["query_string"]:
            said = (pair for pair in query.split(b"&") if pair.removesuffix(b"=") not in self._unset)
            scope["query_string"] = b"&".join(said)
        await super().handle(scope, receive, send)

    def check(self, request: Request) -> None:
        """Raise ValidationFailed, which names them, if there are query parameters that the operation does not know."""
        if not request.scope["query_string"]:
            return
        unknown = request.query_params.keys() - self._known
        if "populate" in unknown and not request.query_params["populate"].strip():
            unknown.discard("populate")
        if unknown:
            raise ValidationFailed({name[:80]: self._problem(name, request) for name in sorted(unknown)})

    def _problem(self, name: str, request: Request) -> str:
        if name == "populate":
            return f"Unknown: {request.query_params[name].strip()[:100]}. Known: nothing"
        known = ", ".join(sorted(self._known)) or "none"
        return f"There is no such query parameter. Known: {known}"


def _parts(operation: Dependant) -> Iterator[Dependant]:
    """Yield the operation and everything that it depends on."""
    yield operation
    for dependency in operation.dependencies:
        yield from _parts(dependency)


def v1_router(**options: Any) -> APIRouter:
    """Make a router below `/v1`."""
    return router("/v1", operation=TeamOperation, **options)
