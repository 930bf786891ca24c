"""The load: HTTP/1.1 clients over raw sockets, each with one request at a time. A process of its own.

Reads one `Round` a line from stdin and writes one line of figures for each, all as JSON.
"""

import asyncio
import sys
import time
from collections import Counter
from typing import Any

import orjson
import uvloop

LONGEST_REST = 30.0
"""Seconds after the round in which the last answers may still come, so that none disturbs the next round."""
SLACK = 7
"""Bytes that a body may differ by: some writers leave a time's fraction out when it is zero."""


class Figures:
    """What the clients of one group saw. The good answers after the warm-up came between `since` (the last answer
    before them) and `until` (the last one), however slow the server is."""

    def __init__(self, length: int) -> None:
        self.length = length
        self.since = self.until = time.perf_counter()
        self.inside = 0
        self.answers = 0
        self.good = 0
        self.microseconds: list[int] = []
        self.statuses: Counter[str] = Counter()
        self.wrong = 0

    def plain(self, lost: int) -> dict[str, Any]:
        """The figures as JSON can hold them."""
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
    """One keep-alive connection that sends its requests in turn, over and over, until the round's end."""

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
        """Send the next request, or leave if the round is over."""
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
        """Count an answer; rates and times are of those after the warm-up."""
        now, figures = time.perf_counter(), self.figures
        good, warm = status.startswith("2"), now >= self.begin
        figures.answers += 1
        if good:
            figures.good += 1
            figures.wrong += not exact or abs(length - figures.length) > SLACK
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
    """Return what the header says, None if there is none."""
    _, found, rest = head.lower().partition(b"\r\ncontent-length:")
    return int(rest.partition(b"\r\n")[0]) if found else None


async def play(plan: dict[str, Any]) -> dict[str, Any]:
    """Play one round: `{port, warm, seconds, groups: {name: {clients, scripts, length}}}`."""
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
