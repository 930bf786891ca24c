"""How an operation is served: dependencies in the event loop, then its whole job in one hop to a thread.

A handler is a plain function. What it takes of `api.core.deps` says how it runs:

- `ScopeDep` or `SessionDep`: as one transaction. A GET's only reads, and so does a handler marked with `@reads`.
- neither: on the pool for slow handlers, which hash passwords or ask other services, with transactions of their own
  (`context.read`, `context.write`).
- `async def`: in the event loop. It must not wait for anything but coroutines.

Paths match in upper and lower case, as the documents use both.
"""

import inspect
import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute
from pydantic import TypeAdapter
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Route, Router
from starlette.types import Receive, Scope, Send

from api.core.work import Work, work_of

Handler = TypeVar("Handler", bound=Callable[..., Any])

_READS, _WAITS = "reads only", "waits"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def reads(handler: Handler) -> Handler:
    """Mark a handler of a POST that changes nothing: it never waits for writers."""
    setattr(handler, _READS, True)
    return handler


def waits(handler: Handler) -> Handler:
    """Mark a handler whose read is followed by a write of its own: it runs where waiting holds up no other read."""
    setattr(handler, _WAITS, True)
    return handler


class Operation(APIRoute):
    """A route whose handler runs in one hop."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        methods = frozenset(options.get("methods") or ("GET",))
        self.reads = methods <= SAFE_METHODS or getattr(endpoint, _READS, False)
        self.waits = getattr(endpoint, _WAITS, False)
        if not inspect.iscoroutinefunction(endpoint):
            endpoint = self._in_one_hop(endpoint, options)
        super().__init__(path, endpoint, **options)
        self.path_regex = _in_any_case(self.path_regex)
        self._depth = path.count("/")

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        # Most operations are passed over by this alone.
        if scope["path"].count("/") != self._depth:
            return Match.NONE, {}
        return super().matches(scope)

    def check(self, request: Request) -> None:
        """Refuse a request by what its surface asks of every operation. Raises a domain error."""

    def _in_one_hop(self, handler: Callable[..., Any], options: dict[str, Any]) -> Callable[..., Any]:
        status = options.get("status_code") or 200
        redirects = options.get("response_class") is RedirectResponse

        signature = inspect.signature(handler)
        asked = [name for name, taken in signature.parameters.items() if taken.annotation is Request]
        name = asked[0] if asked else "_request"

        async def serve(**values: Any) -> Response:
            request: Request = values[name] if asked else values.pop(name)
            self.check(request)
            work = work_of(request)
            answer = await work.run(_redirect(handler) if redirects else handler, values, status)
            if work.context.checks_answers and not redirects:
                self._check_answer(answer)
            return answer

        given = inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=Request)
        parameters = [*signature.parameters.values(), *([] if asked else [given])]
        serve.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
        serve.__name__, serve.__doc__ = handler.__name__, handler.__doc__
        serve.__module__, serve.__qualname__ = handler.__module__, handler.__qualname__
        return serve

    def _check_answer(self, answer: Response) -> None:
        """Hold an answer against the operation's declared model: in tests only, it takes time."""
        if (
            self.response_field is None
            or answer.status_code >= 300
            or answer.media_type != "application/json"
        ):
            return
        model: Any = self.response_field.field_info.annotation
        TypeAdapter(model).validate_json(bytes(answer.body))


def _in_any_case(path: re.Pattern[str]) -> re.Pattern[str]:
    """Return the pattern of the whole path, in upper and lower case.

    Only letters of ASCII have two cases here: Python's `s` matches `ſ` otherwise, and its `$` a line break at the end.
    So the pattern matches no other path than those that the middleware knows by `str.lower`.
    """
    return re.compile(path.pattern.removesuffix("$") + r"\Z", re.IGNORECASE | re.ASCII)


class Shortcut:
    """Finds an operation by the beginning of its path, without trying all others. In the router's place.

    Whatever it does not find (an unknown path, another method) is left to the router.
    """

    def __init__(self, app: Router) -> None:
        self._app = app
        self._by_start: dict[tuple[str, str, int], list[Operation]] = defaultdict(list)
        for route in app.routes:
            if isinstance(route, Operation):
                for method in route.methods or ():
                    self._by_start[_start(method, route.path)].append(route)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            for route in self._by_start.get(_start(scope["method"], scope["path"]), ()):
                match, found = route.matches(scope)
                if match is Match.FULL:
                    scope.update(found)
                    await route.handle(scope, receive, send)
                    return
        await self._app.app(scope, receive, send)


def _start(method: str, path: str) -> tuple[str, str, int]:
    """Return the method, the first two parts of the path, and the number of its parts."""
    parts = path.split("/", 3)
    return method, "/".join(parts[:3]).lower(), path.count("/")


def methods_of(routes: Iterable[BaseRoute], scope: Scope) -> list[str]:
    """Return the methods that the request's path takes, sorted; none for a path that does not exist."""
    found: set[str] = set()
    for route in routes:
        if isinstance(route, Route) and route.matches(scope)[0] is not Match.NONE:
            found |= route.methods or set()
    if "GET" in found:
        found.add("HEAD")
    return sorted(found | {"OPTIONS"}) if found else []


def _redirect(handler: Callable[..., Any]) -> Callable[..., Any]:
    return lambda **values: RedirectResponse(handler(**values), 302)


def router(prefix: str = "", *, operation: type[Operation] = Operation, **options: Any) -> APIRouter:
    """Make a feature's router. Its paths stand below `prefix`, its routes are `operation`s."""
    return APIRouter(prefix=prefix, route_class=operation, **options)


async def get_work(request: Request) -> Work:
    """The request's work."""
    return work_of(request)


WorkDep = Annotated[Work, Depends(get_work)]
