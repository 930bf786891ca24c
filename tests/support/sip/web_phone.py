"""A browser phone's signalling: SIP over WebSocket (RFC 7118). It has no media: a browser's is tested in a browser."""

import queue
import re
import secrets
import ssl
import threading
import time
from contextlib import ExitStack
from typing import Self

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.support.sip.realtime import Account
from tests.support.sip.registering import authorization_of

_KEPT = re.compile(r"(Via|From|To|Call-ID|CSeq|Record-Route):", re.IGNORECASE)


class WebPhone:
    """Connects at once. It answers OPTIONS by itself, as JsSIP does. `host` is the domain of its address."""

    def __init__(
        self, url: str, account: Account, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
    ) -> None:
        self.account, self.host = account, host
        self._here = f"{secrets.token_hex(6)}.invalid"
        self._requests: queue.Queue[str] = queue.Queue()
        self._answers: queue.Queue[str] = queue.Queue()
        self._sequence = 0
        self._call = secrets.token_hex(8)
        self._open = ExitStack()
        connecting = connect(url, subprotocols=[Subprotocol("sip")], ssl=tls, close_timeout=0.2)
        self._socket: ClientConnection = self._open.enter_context(connecting)
        threading.Thread(target=self._read, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Go, as a page does that is closed: nothing is said."""
        self._open.close()

    def register(self, password: str | None = None, expires: int = 120) -> int:
        """Register, and return the final status. `password`: another one than the account's."""
        account = self.account
        if password is not None:
            account = Account(account.extension, password, account.team, account.browser)
        contact = f"Contact: <sip:{account.phone}@{self._here};transport=ws>;expires={expires}"
        return int(self.request("REGISTER", f"sip:{self.host}", account, contact).split()[1])

    def request(self, method: str, uri: str, account: Account, *headers: str) -> str:
        """Send a request, with the password if it is asked for. Return the final answer."""
        more: tuple[str, ...] = ()
        answer = ""
        for _ in range(2):
            self._sequence += 1
            lines = [
                f"{method} {uri} SIP/2.0",
                f"Via: SIP/2.0/WS {self._here};branch=z9hG4bK{secrets.token_hex(6)}",
                f"From: <sip:{account.phone}@{self.host}>;tag={self._call}",
                f"To: <{uri if method != 'REGISTER' else f'sip:{account.phone}@{self.host}'}>",
                f"Call-ID: {self._call}",
                f"CSeq: {self._sequence} {method}",
                "Max-Forwards: 70",
                *headers,
                *more,
                "Content-Length: 0",
            ]
            self._socket.send("\r\n".join(lines) + "\r\n\r\n")
            answer = self._final(f"CSeq: {self._sequence} {method}")
            if not answer.startswith("SIP/2.0 401"):
                break
            more = (authorization_of(answer, account, uri, method),)
        return answer

    def invited(self, seconds: float = 10) -> str:
        """Wait for an INVITE and let it ring. Return it. Raises TimeoutError: none came."""
        text = self._next(self._requests, "INVITE ", time.monotonic() + seconds)
        self.answer(text, "180 Ringing")
        return text

    def answer(self, request: str, status: str) -> None:
        lines = [line for line in request.split("\r\n") if _KEPT.match(line)]
        tagged = [
            f"{line};tag={self._call}" if line.startswith("To:") and "tag=" not in line else line
            for line in lines
        ]
        contact = f"Contact: <sip:{self.account.phone}@{self._here};transport=ws>"
        self._socket.send(
            "\r\n".join([f"SIP/2.0 {status}", *tagged, contact, "Content-Length: 0"]) + "\r\n\r\n"
        )

    def cancelled(self, seconds: float = 10) -> None:
        """Wait for a CANCEL. Raises TimeoutError: none came."""
        self._next(self._requests, "CANCEL ", time.monotonic() + seconds)

    def _final(self, sequence: str) -> str:
        deadline = time.monotonic() + 10
        while True:
            text = self._next(self._answers, "SIP/2.0 ", deadline)
            if sequence in text and not text.startswith("SIP/2.0 1"):
                return text

    def _next(self, source: "queue.Queue[str]", first: str, deadline: float) -> str:
        while (left := deadline - time.monotonic()) > 0:
            try:
                text = source.get(timeout=left)
            except queue.Empty:
                break
            if text.startswith(first):
                return text
        raise TimeoutError(f"no {first.strip()!r} for {self.account.phone}")

    def _read(self) -> None:
        try:
            for message in self._socket:
                text = message if isinstance(message, str) else message.decode()
                if text.startswith("OPTIONS "):
                    self.answer(text, "200 OK")
                else:
                    (self._answers if text.startswith("SIP/2.0 ") else self._requests).put(text)
        except ConnectionClosed:
            pass
