"""The bare peer of the team API: it sends the steps that our api sent for the same request, and dumps the rows.

It checks no token, shapes no answer and logs nothing. Start it with `python -m bench.api.replay <file>`: the file holds
a pickled `Replays`.
"""

import asyncio
import pickle
import re
import secrets
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import redis
import uvicorn
from argon2 import PasswordHasher

from bench.api.bare import THREADS, Message, Receive, Send, connect
from switchroom.search_words import search_pairs, search_words

_HEX = re.compile(r"(SM)?([0-9a-f]{32,})")
"""An id or a token of ours, or an id of Twilio's."""


@dataclass(slots=True)
class Step:
    """A part of what a request does. `kind`: `sql`; `redis`, a command; `argon2`, the check of a password.

    `fresh` has the places of the parameters that each request makes anew.
    """

    kind: str
    text: str
    values: Any
    fresh: list[Any] = field(default_factory=list)

    @property
    def writes(self) -> bool:
        """Return whether it is a statement that changes rows."""
        return self.kind == "sql" and not self.text.lstrip().upper().startswith(("SELECT", "WITH"))


@dataclass(frozen=True, slots=True)
class Replays:
    """What the bare app is told. `steps` is by method, target and token (see `key`)."""

    port: int
    kind: str
    database: str
    redis_url: str
    steps: dict[str, list[Step]]


def key(method: str, target: str, authorization: str) -> str:
    """Return the name of a request."""
    return f"{method} {target} {authorization}"


class Player:
    """Runs steps, with one connection for each thread."""

    def __init__(self, replays: Replays) -> None:
        self.replays = replays
        self.local = threading.local()
        self.redis = redis.Redis.from_url(replays.redis_url)
        self.hasher = PasswordHasher()

    def play(self, steps: list[Step]) -> bytes:
        """Run the steps and return their rows as JSON: for each step a list of objects.

        If one writes, they run in one transaction. A fresh id or token is drawn. A fresh number is
        what the statement before returned.
        """
        if not any(step.writes for step in steps):
            return orjson.dumps(self._rows(steps), default=_text)
        self._execute("BEGIN IMMEDIATE" if self.replays.kind == "sqlite" else "BEGIN", ())
        try:
            rows = self._rows(steps)
            self._execute("COMMIT", ())
        except BaseException:
            self._execute("ROLLBACK", ())
            raise
        return orjson.dumps(rows, default=_text)

    def _rows(self, steps: list[Step]) -> list[Any]:
        drawn: dict[str, str] = {}
        rows: list[Any] = []
        returned: int | None = None
        for step in steps:
            if step.kind == "redis":
                rows.append(self.redis.execute_command(*step.values))  # type: ignore[no-untyped-call]
            elif step.kind == "argon2":
                self.hasher.verify(*step.values)
            else:
                cursor = self._execute(step.text, _filled(step, drawn, returned))
                if cursor.description is not None:
                    names = [column[0] for column in cursor.description]
                    found = cursor.fetchall()
                    rows.append([dict(zip(names, row, strict=True)) for row in found])
                    if step.writes and found and isinstance(found[0][0], int):
                        returned = found[0][0]
        return rows

    def _execute(self, text: str, values: Any) -> Any:
        connection = getattr(self.local, "connection", None)
        if connection is None:
            connection = self.local.connection = connect(self.replays.kind, self.replays.database)
            if self.replays.kind == "sqlite":
                # The triggers of the search call it.
                connection.create_function("search_words", 1, search_words, deterministic=True)
                connection.create_function("search_pairs", 1, search_pairs, deterministic=True)
        if self.replays.kind == "sqlite":
            return connection.execute(text, values)
        return connection.execute(text, values, prepare=True)


def _filled(step: Step, drawn: dict[str, str], returned: int | None) -> Any:
    if not step.fresh:
        return step.values
    values = step.values.copy()
    for place in step.fresh:
        value = values[place]
        if isinstance(value, str) and (found := _HEX.fullmatch(value)):
            if value not in drawn:
                drawn[value] = (found[1] or "") + secrets.token_hex(len(found[2]) // 2)
            values[place] = drawn[value]
        elif isinstance(value, int) and returned is not None:
            values[place] = returned
    return values


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


class App:
    """The ASGI application."""

    def __init__(self, replays: Replays) -> None:
        self.player = Player(replays)
        self.steps = replays.steps
        self.reads, self.writes = (ThreadPoolExecutor(count) for count in THREADS[replays.kind])

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            for step in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{step}.complete"})
            return
        target = scope["raw_path"] + (b"?" + scope["query_string"] if scope["query_string"] else b"")
        token = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
        if scope["method"] != "GET":
            await receive()
        steps = self.steps.get(key(scope["method"], target.decode(), token.decode()), [])
        pool = self.writes if any(step.writes for step in steps) else self.reads
        answer = await asyncio.get_running_loop().run_in_executor(pool, self.player.play, steps)
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(answer)).encode()),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})


def main() -> None:
    """Serve as `switchroom api` does: one process, uvloop, and the HTTP parser that uvicorn chooses."""
    replays: Replays = pickle.loads(Path(sys.argv[1]).read_bytes())
    uvicorn.run(
        App(replays), host="127.0.0.1", port=replays.port, loop="uvloop", access_log=False, log_config=None
    )


if __name__ == "__main__":
    main()
