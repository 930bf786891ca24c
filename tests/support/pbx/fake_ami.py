"""A fake AMI server on loopback. It speaks the protocol, gives the answers of the test and keeps all actions."""

import asyncio
import ssl
from collections.abc import Callable
from types import TracebackType

from pydantic import SecretStr

from switchroom.settings import AsteriskNode

Answer = Callable[["Session", dict[str, str]], bytes | None]


def block(**headers: str) -> bytes:
    return ("".join(f"{k}: {v}\r\n" for k, v in headers.items()) + "\r\n").encode()


class Session:
    """The connection of one client."""

    def __init__(self, server: "FakeAmi", reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._server = server
        self._reader = reader
        self._writer = writer

    def write(self, data: bytes) -> None:
        self._writer.write(data)

    def drop(self) -> None:
        transport = self._writer.transport
        transport.abort()

    async def run(self) -> None:
        self.write(b"Asterisk Call Manager/9.0.0\r\n")
        while True:
            try:
                data = await self._reader.readuntil(b"\r\n\r\n")
            except (asyncio.IncompleteReadError, ConnectionError):
                self._writer.close()
                return
            action = dict(line.split(": ", 1) for line in data.decode().strip("\r\n").split("\r\n"))
            self._server.actions.append(action)
            answer = self._server.answer(self, action)
            if answer is not None:
                self.write(answer)


class FakeAmi:
    """A fake AMI server. `answers` replaces the answers to actions, by the action's name. None means no answer."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self.actions: list[dict[str, str]] = []
        self.sessions: list[Session] = []
        self.answers: dict[str, Answer] = {}
        self.secret = "right-secret"
        self._server: asyncio.Server | None = None
        self._port = 0
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def node(self) -> AsteriskNode:
        return AsteriskNode(ami_port=self._port, ami_secret=SecretStr("right-secret"))

    def named(self, name: str) -> list[dict[str, str]]:
        return [action for action in self.actions if action["Action"] == name]

    def answer(self, session: Session, action: dict[str, str]) -> bytes | None:
        name, action_id = action["Action"], action["ActionID"]
        if name in self.answers:
            return self.answers[name](session, action)
        if name == "Login" and action["Secret"] != self.secret:
            return block(Response="Error", ActionID=action_id, Message="Authentication failed")
        return block(Response="Success", ActionID=action_id, Message="fine")

    async def __aenter__(self) -> "FakeAmi":
        await self.listen()
        return self

    async def listen(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self._port, ssl=self._tls)
        self._port = self._server.sockets[0].getsockname()[1]

    async def stop_listening(self) -> None:
        assert self._server is not None
        self._server.close()
        for session in self.sessions:
            session.drop()

    async def __aexit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        await self.stop_listening()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = Session(self, reader, writer)
        self.sessions.append(session)
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        await session.run()
