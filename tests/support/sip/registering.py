"""A phone that registers with any `Contact` header that it likes. SIPp's phones send honest ones."""

import hashlib
import re
import secrets
import socket
import time
from collections.abc import Sequence
from typing import Self

from tests.support.sip.asterisk import AsteriskServer
from tests.support.sip.realtime import Account


class RawPhone:
    """A UDP socket that registers what it is told to, notes the requests that it gets, and answers none."""

    def __init__(self, address: str, port: int = 0) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((address, port))
        self.address, self.port = self._socket.getsockname()
        self._server = ("", 0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def register(self, server: AsteriskServer, account: Account, contacts: Sequence[str]) -> int:
        """Register these contacts (URIs) with the account's password. Return the final status."""
        host, port = server.instance.sip_bind, server.sip_port
        to = f"sip:{account.phone}@{host}"
        return self._request(server, account, "REGISTER", f"sip:{host}:{port}", to, contacts)

    def subscribe(self, server: AsteriskServer, account: Account, extension: str) -> int:
        """Subscribe to the state of an extension as a desk phone's key does (RFC 4235). Return the final status."""
        uri = f"sip:{extension}@{server.instance.sip_bind}:{server.sip_port}"
        contacts = (f"sip:{account.phone}@{self.address}:{self.port}",)
        headers = ("Event: dialog", "Accept: application/dialog-info+xml")
        return self._request(server, account, "SUBSCRIBE", uri, uri, contacts, headers)

    def _request(
        self,
        server: AsteriskServer,
        account: Account,
        method: str,
        uri: str,
        to: str,
        contacts: Sequence[str],
        headers: Sequence[str] = (),
    ) -> int:
        self._server = target = (server.instance.sip_bind, server.sip_port)
        call = secrets.token_hex(8)
        authorization: tuple[str, ...] = ()
        self._socket.settimeout(5)
        for sequence in (1, 2):
            via = f"{self.address}:{self.port};branch=z9hG4bK{secrets.token_hex(6)};rport"
            lines = [
                f"{method} {uri} SIP/2.0",
                f"Via: SIP/2.0/UDP {via}",
                f"From: <sip:{account.phone}@{target[0]}>;tag={call}",
                f"To: <{to}>",
                f"Call-ID: {call}",
                f"CSeq: {sequence} {method}",
                *(f"Contact: <{contact}>" for contact in contacts),
                *headers,
                "Max-Forwards: 70",
                "Expires: 300",
                *authorization,
                "Content-Length: 0",
            ]
            self._socket.sendto(("\r\n".join(lines) + "\r\n\r\n").encode(), target)
            answer = self._final(sequence, method)
            if not answer.startswith("SIP/2.0 401"):
                break
            authorization = (authorization_of(answer, account, uri, method),)
        return int(answer.split()[1])

    def notified(self, expected: str, seconds: float = 5) -> str:
        """Wait for a NOTIFY whose body has `expected`, answering every one. Return its body.

        Raises TimeoutError: none came.
        """
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self._socket.settimeout(left)
            text = self._socket.recv(65536).decode()
            if text.startswith("NOTIFY "):
                kept = [line for line in text.split("\r\n") if re.match(r"(Via|From|To|Call-ID|CSeq):", line)]
                answer = "\r\n".join(["SIP/2.0 200 OK", *kept, "Content-Length: 0"])
                self._socket.sendto(f"{answer}\r\n\r\n".encode(), self._server)
                body = text.partition("\r\n\r\n")[2]
                if expected in body:
                    return body
        raise TimeoutError(expected)

    def invites(self, seconds: float) -> list[str]:
        """Return the first line of the next INVITE, if one comes within this time."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self._socket.settimeout(left)
            try:
                line = self._socket.recv(65536).decode().partition("\r\n")[0]
            except TimeoutError:
                break
            if line.startswith("INVITE"):
                return [line]
        return []

    def _final(self, sequence: int, method: str) -> str:
        while True:
            text = self._socket.recv(65536).decode()
            if re.match(r"SIP/2\.0 [2-6]", text) and f"CSeq: {sequence} {method}" in text:
                return text


def authorization_of(challenge: str, account: Account, uri: str, method: str) -> str:
    """Return the header that answers a 401 (RFC 2617, MD5)."""
    given = dict(re.findall(r'(\w+)="([^"]*)"', challenge))
    first, second = (
        hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
        for text in (f"{account.phone}:{given['realm']}:{account.password}", f"{method}:{uri}")
    )
    nonce = given["nonce"]
    text = f"{first}:{nonce}:00000001:0a4f113b:auth:{second}"
    response = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
    opaque = f', opaque="{given["opaque"]}"' if "opaque" in given else ""
    return (
        f'Authorization: Digest username="{account.phone}", realm="{given["realm"]}", nonce="{nonce}", uri="{uri}", '
        f'response="{response}", algorithm=MD5, cnonce="0a4f113b", qop=auth, nc=00000001{opaque}'
    )
