"""What the clients send for each operation, and the check that both servers give the same answers."""

import json
from dataclasses import dataclass
from typing import Any

import httpx

from bench.api.servers import Server
from bench.api.world import CALLS, QUEUES, World

OPERATIONS = ("row", "list", "call-log", "write")
_SCRIPTS = 2 * QUEUES
"""Two writers of one queue send different values, so that each PATCH changes the row."""
_PAGES = {"list": QUEUES, "call-log": CALLS}
"""The number of rows in the whole of each list."""


@dataclass(frozen=True, slots=True)
class Operation:
    """`scripts` has what each client sends, in turn. If there are more clients than scripts, scripts are used again."""

    name: str
    scripts: list[list[str]]
    path: str
    body: dict[str, Any] | None = None


def operations(world: World) -> dict[str, Operation]:
    """Return all operations by name. Each client has its own queue to read or change, as long as there are enough."""
    reads = [[_request(world, "GET", world.queue_path(number))] for number in range(QUEUES)]
    writes = [
        [_request(world, "PATCH", world.queue_path(number), {"wrap_up": value}) for value in _values(number)]
        for number in range(_SCRIPTS)
    ]
    calls = "/v1/call-log?limit=100"
    return {
        "row": Operation("row", reads, world.queue_path(0)),
        "list": Operation("list", [[_request(world, "GET", world.list_path)]], world.list_path),
        "call-log": Operation("call-log", [[_request(world, "GET", calls)]], calls),
        "write": Operation("write", writes, world.queue_path(0), {"wrap_up": 15.0}),
    }


def nothing(world: World) -> Operation:
    """Return an operation that the bare app answers without a statement."""
    return Operation("nothing", [[_request(world, "GET", "/nothing")]], "/nothing")


def _values(number: int) -> tuple[float, float]:
    """Return two values to send in turn. Both have the same length as JSON."""
    return (11.0, 12.0) if number < QUEUES else (13.0, 14.0)


def _request(world: World, method: str, path: str, body: dict[str, Any] | None = None) -> str:
    content = json.dumps(body) if body is not None else ""
    lines = [
        f"{method} {path} HTTP/1.1",
        "Host: 127.0.0.1",
        f"Authorization: Bearer {world.token}",
        "Accept: application/json",
        *(["Content-Type: application/json", f"Content-Length: {len(content)}"] if content else []),
    ]
    return "\r\n".join(lines) + "\r\n\r\n" + content


class Wrong(Exception):
    """A server gave a wrong answer."""


def check(operation: Operation, world: World, servers: dict[str, Server]) -> dict[str, int]:
    """Return the body's length by side. Raise Wrong unless both servers give the same content for the same rows."""
    answers = {side: _ask(operation, world, server) for side, server in servers.items()}
    bodies = {side: answer.json() for side, answer in answers.items()}
    if operation.name in _PAGES:
        pages, total = list(bodies.values()), str(_PAGES[operation.name])
        if any(len(page) != 100 for page in pages) or len({str(_same(page)) for page in pages}) > 1:
            raise Wrong(f"{operation.name}: both sides must show the same 100 rows")
        if any(answer.headers["x-total-count"] != total for answer in answers.values()):
            raise Wrong(f"{operation.name}: x-total-count must be {total}")
    elif _same([bodies["ours"]]) != _same([bodies["bare"]]):
        raise Wrong(f"{operation.name}: both sides must show the same row")
    if operation.body is not None and any(body["wrap_up"] != 15.0 for body in bodies.values()):
        raise Wrong(f"{operation.name}: the answer is not the changed row")
    return {side: len(answer.content) for side, answer in answers.items()}


def _ask(operation: Operation, world: World, server: Server) -> httpx.Response:
    method = "PATCH" if operation.body is not None else "GET"
    url = f"http://127.0.0.1:{server.port}{operation.path}"
    headers = {"Authorization": f"Bearer {world.token}"}
    try:
        answer = httpx.request(method, url, headers=headers, json=operation.body, timeout=10)
    except httpx.HTTPError as error:
        raise Wrong(f"{operation.name}: {server.side} does not answer: {error!r}") from error
    if answer.status_code != 200:
        raise Wrong(f"{operation.name}: {server.side} answers {answer.status_code}: {answer.text[:300]}")
    return answer


def _same(rows: list[dict[str, Any]]) -> list[list[Any]]:
    """Return the part of each row that both servers show in the same form: its id, and columns that are shown as
    stored."""
    queue, call = ("name", "strategy", "wrap_up", "skills"), ("did", "caller_name", "talk", "disposition")
    columns = queue if rows and "strategy" in rows[0] else call
    return [[str(row["id"])[-32:], *(row[column] for column in columns)] for row in rows]
