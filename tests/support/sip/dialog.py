"""A caller who can send any request within a call. SIPp cannot wait for "any answer"."""

import re
import secrets
import socket
import time
from types import TracebackType
from typing import Self

from tests.support.sip.asterisk import CALLERS, AsteriskServer
from tests.support.sip.ports import free_port

_SDP = "v=0\r\no=- 1 1 IN IP4 {address}\r\ns=-\r\nc=IN IP4 {address}\r\nt=0 0\r\nm=audio {port} RTP/AVP 0\r\n"


class Dialog:
    """One call from the test trunk to `number`, over UDP. It sends no audio."""

    def __init__(self, asterisk: AsteriskServer, number: str) -> None:
        self._server = (asterisk.instance.sip_bind, asterisk.sip_port)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((CALLERS, 0))
        self._here = f"{CALLERS}:{self._socket.getsockname()[1]}"
        self._number, self._call, self._tag = number, secrets.token_hex(8), secrets.token_hex(4)
        self._target = f"sip:{number}@{self._server[0]}:{self._server[1]}"
        self._to = f"<{self._target}>"
        self._sequence = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def invite(self) -> int:
        """Begin the call, or offer the same audio again, and return the final status. A 200 is acknowledged."""
        status = self.request(
            "INVITE",
            "Content-Type: application/sdp",
            body=_SDP.format(address=CALLERS, port=free_port()),
        )
        self._send("ACK", self._sequence)
        return status

    def request(self, method: str, *headers: str, body: str = "", seconds: float = 5) -> int:
        """Send a request and return the final status. Raises TimeoutError: there was none."""
        self._sequence += 1
        self._send(method, self._sequence, *headers, body=body)
        answer = self._answer(method, time.monotonic() + seconds)
        if method == "INVITE" and answer.startswith("SIP/2.0 200"):
            self._to = _header(answer, "To")
            self._target = _header(answer, "Contact").strip("<>").partition(">")[0]
        return int(answer.split()[1])

    def heard(self, method: str, seconds: float) -> bool:
        """Wait for a request of the far end, such as BYE, and answer it with 200."""
        deadline = time.monotonic() + seconds
        while (text := self._receive(deadline)) is not None:
            if text.startswith(f"{method} "):
                kept = [line for line in text.split("\r\n") if re.match(r"(Via|From|To|Call-ID|CSeq):", line)]
                lines = ["SIP/2.0 200 OK", *kept, "Content-Length: 0"]
                self._socket.sendto(("\r\n".join(lines) + "\r\n\r\n").encode(), self._server)
                return True
        return False

    def _send(self, method: str, sequence: int, *headers: str, body: str = "") -> None:
        lines = [
            f"{method} {self._target} SIP/2.0",
            f"Via: SIP/2.0/UDP {self._here};branch=z9hG4bK{secrets.token_hex(6)};rport",
            f"From: <sip:+14165550123@{self._here}>;tag={self._tag}",
            f"To: {self._to}",
            f"Call-ID: {self._call}",
            f"CSeq: {sequence} {method}",
            f"Contact: <sip:caller@{self._here}>",
            "Max-Forwards: 70",
            *headers,
            f"Content-Length: {len(body)}",
        ]
        self._socket.sendto(("\r\n".join(lines) + f"\r\n\r\n{body}").encode(), self._server)

    def _answer(self, method: str, deadline: float) -> str:
        wanted = re.compile(rf"SIP/2\.0 [2-6].*^CSeq: {self._sequence} {method}\r$", re.DOTALL | re.MULTILINE)
        while (text := self._receive(deadline)) is not None:
            if wanted.match(text):
                return text
        raise TimeoutError(f"no final answer to {method}")

    def _receive(self, deadline: float) -> str | None:
        left = deadline - time.monotonic()
        if left <= 0:
            return None
        self._socket.settimeout(left)
        try:
            return self._socket.recv(65536).decode()
        except TimeoutError:
            return None


def _header(text: str, name: str) -> str:
    found = re.search(rf"^{name}: (.*)\r$", text, re.MULTILINE)
    assert found is not None, text
    return found[1]
