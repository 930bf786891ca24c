"""The statements that our api sends for a request, captured in this process, so that the bare app can send the same.

Each request is captured twice. What differs between the two is what each request makes anew: ids, tokens and
numbers (see `Step.fresh`).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import orjson
from psycopg.types.json import Json, Jsonb
from redis import Redis
from sqlalchemy import event

from api.core.context import Context
from bench.api.replay import Step
from switchroom.prepared import _Text


class Capturer:
    """Captures what the requests to an app in this process send."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.steps: list[Step] = []

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Note all statements and commands until the end of the block."""
        parameters = _Text.parameters
        command: Any = Redis.execute_command

        def noted_parameters(text: _Text, values: Any) -> Any:
            found = parameters(text, values)
            self._note("sql", text.sql, found)
            return found

        def noted_command(client: Any, *words: Any, **options: Any) -> Any:
            if words[0] in ("HMGET", "HGET", "EXISTS", "GET"):
                self._note("redis", "", list(words))
            return command(client, *words, **options)

        def noting(_connection: Any, _cursor: Any, text: str, values: Any, *_rest: Any) -> None:
            self._note("sql", text, values)

        _patch(noted_parameters, noted_command)
        event.listen(self.context.engine, "before_cursor_execute", noting)
        try:
            yield
        finally:
            event.remove(self.context.engine, "before_cursor_execute", noting)
            _patch(parameters, command)

    def _note(self, kind: str, text: str, values: Any) -> None:
        # The relay's own statements are no request's.
        relays = "outbox" in text and not text.startswith("INSERT")
        if not relays and "pg_advisory" not in text:
            self.steps.append(Step(kind, text, _plain(values)))

    def capture(self, ask: Callable[[], object]) -> list[Step]:
        """Return the steps of a request. Raise ValueError if it never does the same twice.

        It is sent several times: while the api does not know the caller, it also asks who they are.
        """
        first = self._steps_of(ask)
        for _ in range(_TRIES):
            first, second = self._steps_of(ask), first
            if [step.text for step in first] == [step.text for step in second]:
                for step, other in zip(first, second, strict=True):
                    places = step.values if isinstance(step.values, dict) else range(len(step.values))
                    step.fresh = [place for place in places if step.values[place] != other.values[place]]
                return first
        raise ValueError("the request sends other statements each time")

    def _steps_of(self, ask: Callable[[], object]) -> list[Step]:
        self.steps.clear()
        ask()
        return list(self.steps)


_TRIES = 5


def _patch(parameters: Any, command: Any) -> None:
    for owner, name, function in ((_Text, "parameters", parameters), (Redis, "execute_command", command)):
        setattr(owner, name, function)


def _plain(values: Any) -> Any:
    """Return parameters without classes of the driver."""
    if isinstance(values, dict):
        return {name: _plain_value(value) for name, value in values.items()}
    return [_plain_value(value) for value in values or ()]


def _plain_value(value: Any) -> Any:
    return orjson.dumps(value.obj).decode() if isinstance(value, Json | Jsonb) else value
