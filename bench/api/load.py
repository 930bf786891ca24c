"""The load: HTTP/1.1 clients over raw sockets. Each client has one request at a time. They run in a process of their
own.

The process reads one plan (see `play`) a line from stdin. It writes one line of figures for each. All are JSON.
"""

import asyncio
import sys
import time
from collections import Counter
from typing import Any

import orjson
import uvloop

LONGEST_REST = 30.0
"""Seconds to wait for the last answers after a round, so that they do not disturb the next round."""
SLACK = 7
"""Bytes by which a body's length may differ. Some writers leave out a time's fraction when it is zero."""


class Figures:
    """What the clients of one group saw. `length` None: the answers' bodies have different lengths.

    `since` is the time of the last answer in the warm-up, `until` that of the last answer of all. The answers of the
    rate came between these two times, so a slow server is measured rightly too.
    """

    def __init__(self, length: int | None) -> None:
        self.length = length
        self.since = self.until = time.perf_counter()
        self.inside = 0
        self.answers = 0
        self.good = 0
        self.microseconds: list[int] = []
        self.statuses: Counter[str] = Counter()
        self.wrong = 0

    def plain(self, lost: int) -> dict[str, Any]:
        """Return the figures in a form that JSON can hold."""
        return {
            "inside": self.inside,
            "seconds": self.until - self.since,
            "answers": self.answers,
            "good": self.good,
            "microseconds": self.microseconds,
            "statuses": dict(self.statuses),
            "wrong": self.wrong,
            "lost": lost,
        }


class Client(asyncio.Protocol):
    """One keep-alive connection. It sends its requests in turn, again and again, until the end of the round."""

    def __init__(self, requests: list[bytes], figures: Figures, begin: float, end: float) -> None:
        self.requests, self.figures, self.begin, self.end = requests, figures, begin, end
        self.done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self.buffer = bytearray()
        self.next = 0
        self.sent = 0.0

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.send()

    def send(self) -> None:
        """Send the next request. Leave if the round is over."""
        self.sent = time.perf_counter()
        if self.sent >= self.end:
            self.done.set_result(True)
            self.transport.close()
            return
        self.transport.write(self.requests[self.next])
        self.next = (self.next + 1) % len(self.requests)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head = self.buffer.find(b"\r\n\r\n")
        if head < 0:
            return
        length = content_length(bytes(self.buffer[:head]))
        if length is None:
            self.figures.wrong += 1
            self.transport.close()
            return
        if len(self.buffer) < head + 4 + length:
            return
        self.answered(self.buffer[9:12].decode(), length, exact=len(self.buffer) == head + 4 + length)
        self.buffer.clear()
        self.send()

    def answered(self, status: str, length: int, *, exact: bool) -> None:
        """Count an answer. Only answers after the warm-up count for rates and times."""
        now, figures = time.perf_counter(), self.figures
        good, warm = status.startswith("2"), now >= self.begin
        figures.answers += 1
        if good:
            figures.good += 1
            usual = length if figures.length is None else figures.length
            figures.wrong += not exact or abs(length - usual) > SLACK
        else:
            figures.statuses[status] += 1
        if warm:
            figures.inside += good
            figures.microseconds.append(round((now - self.sent) * 1e6))
        else:
            figures.since = now
        figures.until = now

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(False)


def content_length(head: bytes) -> int | None:
    """Return the content length from the header. Return None if it has none."""
    _, found, rest = head.lower().partition(b"\r\ncontent-length:")
    return int(rest.partition(b"\r\n")[0]) if found else None


async def play(plan: dict[str, Any]) -> dict[str, Any]:
    """Play one round. The plan is `{port, warm, seconds, groups: {name: {clients, scripts, length}}}`."""
    loop = asyncio.get_running_loop()
    begin = time.perf_counter() + plan["warm"]
    end = begin + plan["seconds"]
    used = time.process_time()
    figures: dict[str, Figures] = {}
    clients: dict[str, list[Client]] = {}
    for name, group in plan["groups"].items():
        figures[name] = mine = Figures(group["length"])
        scripts = [[text.encode() for text in script] for script in group["scripts"]]
        clients[name] = [
            Client(scripts[number % len(scripts)], mine, begin, end) for number in range(group["clients"])
        ]
    everyone = [client for group in clients.values() for client in group]
    for client in everyone:
        await loop.create_connection(lambda client=client: client, "127.0.0.1", plan["port"])  # type: ignore[misc]
    await asyncio.wait([client.done for client in everyone], timeout=plan["seconds"] + LONGEST_REST)
    took = time.perf_counter() - begin + plan["warm"]
    result: dict[str, Any] = {"cpu": (time.process_time() - used) / took, "groups": {}}
    for name, group in clients.items():
        lost = sum(not (client.done.done() and client.done.result()) for client in group)
        result["groups"][name] = figures[name].plain(lost)
        for client in group:
            client.transport.abort()
    return result


def main() -> None:
    """Play rounds until stdin ends."""
    for line in sys.stdin.buffer:
        answer = uvloop.run(play(orjson.loads(line)))
        sys.stdout.buffer.write(orjson.dumps(answer) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
