"""A small synchronous AMI client for tests. A message is a list of (header, value)."""

import itertools
import socket
import time
from collections.abc import Callable
from urllib.parse import unquote

Message = dict[str, str]


class Ami:
    """An AMI client. It signs in at once. `events` has every event. `wait` waits for one."""

    def __init__(self, port: int, username: str, secret: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), 5)
        self._buffer = b""
        self._ids = itertools.count(1)
        self.events: list[Message] = []
        self._read_until(b"\r\n", 5)
        answer = self.action("Login", Username=username, Secret=secret)
        if answer["Response"] != "Success":
            raise PermissionError(answer.get("Message", ""))

    def close(self) -> None:
        self._socket.close()

    def __enter__(self) -> "Ami":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def action(self, action: str, *headers: str, **fields: object) -> Message:
        """Send one action and return its response. `headers` are additional `Name: value` lines. They may repeat."""
        action_id = str(next(self._ids))
        lines = [f"Action: {action}", f"ActionID: {action_id}", *headers]
        lines += [f"{name}: {value}" for name, value in fields.items()]
        self._socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        return self._next(lambda m: "Response" in m and m.get("ActionID") == action_id, 10)

    def agi(self, channel: str, command: str, seconds: float = 10) -> str:
        """Run one AGI command on a channel in AsyncAGI and return its decoded result line."""
        command_id = f"t{next(self._ids)}"
        answer = self.action("AGI", Channel=channel, Command=command, CommandID=command_id)
        if answer["Response"] != "Success":
            raise RuntimeError(answer.get("Message", ""))
        done = self.wait("AsyncAGIExec", lambda m: m.get("CommandId") == command_id, seconds)
        return unquote(done["Result"]).strip()

    def wait(
        self, event: str, accept: Callable[[Message], bool] = lambda _: True, seconds: float = 10
    ) -> Message:
        """Return the first event of that name that `accept` takes. It may be received already."""
        for message in self.events:
            if message.get("Event") == event and accept(message):
                return message
        return self._next(lambda m: m.get("Event") == event and accept(m), seconds)

    def drain(self, seconds: float) -> list[Message]:
        """Return all messages that arrive within `seconds`. They are also added to `events`."""
        with_deadline = time.monotonic() + seconds
        while (left := with_deadline - time.monotonic()) > 0:
            try:
                self._next(lambda _: False, left)
            except TimeoutError:
                break
        return self.events

    def _next(self, accept: Callable[[Message], bool], seconds: float) -> Message:
        deadline = time.monotonic() + seconds
        while True:
            text = self._read_until(b"\r\n\r\n", deadline - time.monotonic()).decode()
            message = _parse(text)
            if "Event" in message:
                self.events.append(message)
            if accept(message):
                return message

    def _read_until(self, end: bytes, seconds: float) -> bytes:
        deadline = time.monotonic() + seconds
        while end not in self._buffer:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError("AMI did not send the awaited message")
            self._socket.settimeout(left)
            data = self._socket.recv(65536)
            if not data:
                raise ConnectionError("AMI closed the connection")
            self._buffer += data
        head, self._buffer = self._buffer.split(end, 1)
        return head


def _parse(text: str) -> Message:
    """Return the headers as a dict. `ChanVariable: SR_CALL=x` becomes the key `SR_CALL`."""
    message: Message = {}
    for line in text.split("\r\n"):
        name, _, value = line.partition(": ")
        if name == "ChanVariable" or name.startswith("ChanVariable("):
            name, _, value = value.partition("=")
        message[name.rstrip(":")] = value
    return message
