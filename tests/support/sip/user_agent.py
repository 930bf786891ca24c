"""A SIP phone of which a test decides every line: what it offers, how it holds, when it rings, what it leaves out.

baresip and SIPp are honest phones. This one may send any SDP, any header and any order of responses, over IPv4 or IPv6.
It answers requests within its calls by itself, as a phone must, unless the call's `answers` says otherwise.
"""

import queue
import re
import secrets
import socket
import threading
import time
from collections.abc import Callable, Sequence
from typing import Self

from tests.support.sip.media import Body, Media
from tests.support.sip.realtime import Account
from tests.support.sip.registering import authorization_of

_KEPT = re.compile(r"(Via|From|To|Call-ID|CSeq|Record-Route):", re.IGNORECASE)


class UserAgent:
    """A phone at `address`. With an account it can register; without one it calls from a trunk's address."""

    def __init__(
        self, server: tuple[str, int], address: str = "127.0.0.1", account: Account | None = None
    ) -> None:
        self.server, self.address, self.account = server, address, account
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        self._socket.bind((address, 0))
        self.port: int = self._socket.getsockname()[1]
        self.calls: dict[str, Call] = {}
        self._incoming: queue.Queue[Call] = queue.Queue()
        self._answers: dict[str, queue.Queue[str]] = {}
        self._open = True
        threading.Thread(target=self._read, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Be gone at once, as a phone without power is. Nothing is said."""
        self._open = False
        for call in self.calls.values():
            call.media.close()
        self._socket.close()

    # ---- names

    @staticmethod
    def _host(address: str) -> str:
        return f"[{address}]" if ":" in address else address

    @property
    def here(self) -> str:
        return f"{self._host(self.address)}:{self.port}"

    @property
    def there(self) -> str:
        return f"{self._host(self.server[0])}:{self.server[1]}"

    @property
    def name(self) -> str:
        return self.account.phone if self.account else "+14165550123"

    # ---- what it does

    def register(self, expires: int = 300) -> int:
        """Register, and return the final status."""
        to = f"sip:{self.name}@{self._host(self.server[0])}"
        contact = f"Contact: <sip:{self.name}@{self.here}>;expires={expires}"
        answer = self.ask("REGISTER", f"sip:{self.there}", secrets.token_hex(8), to, (contact,))
        return status_of(answer)

    def dial(
        self, number: str, body: Body | None = None, *headers: str, media: Media | None = None
    ) -> "Call":
        """Send an INVITE. Return the call at once: its `final` waits for the answer."""
        call = Call(self, secrets.token_hex(8), f"sip:{number}@{self.there}", media=media)
        call.local_tag = secrets.token_hex(4)
        self.calls[call.id] = call
        call.invite(body or call.media.offer(), *headers)
        if self.account is not None:
            call.sign_in(self.account, body or call.media.offer(), *headers)
        return call

    def rung(self, seconds: float = 20) -> "Call":
        """Return the next call that comes in. Nothing was answered yet. Raises TimeoutError: none came."""
        try:
            return self._incoming.get(timeout=seconds)
        except queue.Empty:
            raise TimeoutError(f"nobody rang {self.name}") from None

    # ---- messages

    def ask(
        self, method: str, uri: str, call: str, to: str, headers: Sequence[str] = (), *,
        tags: tuple[str, str] = ("", ""),
        body: Body | None = None, sequence: int = 1, seconds: float = 10,
    ) -> str:  # fmt: skip
        """Send a request and return the final answer. A 401 is answered with the password."""
        more: tuple[str, ...] = ()
        while True:
            self.send_request(
                method, uri, call, to, (*headers, *more), tags=tags, body=body, sequence=sequence
            )
            answer = self.final(call, method, sequence, seconds)
            if not answer.startswith("SIP/2.0 401") or more or self.account is None:
                return answer
            more = (authorization_of(answer, self.account, uri, method),)
            sequence += 1

    def send_request(
        self, method: str, uri: str, call: str, to: str, headers: Sequence[str] = (), *,
        tags: tuple[str, str] = ("", ""),
        body: Body | None = None, sequence: int = 1, branch: str = "",
    ) -> str:  # fmt: skip
        """Send a request. Return its branch. `tags`: ours and theirs."""
        branch = branch or f"z9hG4bK{secrets.token_hex(6)}"
        self._answers.setdefault(f"{call} {method} {sequence}", queue.Queue())
        kind, text = body or ("", "")
        lines = [
            f"{method} {uri} SIP/2.0",
            f"Via: SIP/2.0/UDP {self.here};branch={branch};rport",
            f"From: <sip:{self.name}@{self._host(self.server[0])}>;tag={tags[0] or call[:8]}",
            f"To: <{to}>{f';tag={tags[1]}' if tags[1] else ''}",
            f"Call-ID: {call}",
            f"CSeq: {sequence} {method}",
            *(
                []
                if any(one.startswith("Contact:") for one in headers)
                else [f"Contact: <sip:{self.name}@{self.here}>"]
            ),
            "Max-Forwards: 70",
            *headers,
            *([f"Content-Type: {kind}"] if kind else []),
            f"Content-Length: {len(text.encode())}",
        ]
        self.send("\r\n".join(lines) + "\r\n\r\n" + text)
        return branch

    def send(self, text: str) -> None:
        """Send, unless the phone is gone."""
        if self._open:
            self._socket.sendto(text.encode(), self.server)

    def final(self, call: str, method: str, sequence: int, seconds: float) -> str:
        deadline, waiting = time.monotonic() + seconds, self._answers[f"{call} {method} {sequence}"]
        while (left := deadline - time.monotonic()) > 0:
            try:
                text = waiting.get(timeout=left)
            except queue.Empty:
                break
            if not text.startswith("SIP/2.0 1"):
                return text
            if call in self.calls:
                self.calls[call].provisional.append(text)
        raise TimeoutError(f"no final answer to {method}")

    def respond(
        self, request: str, status: str, tag: str = "", headers: Sequence[str] = (), body: Body | None = None
    ) -> None:
        kind, text = body or ("", "")
        lines = [line for line in request.split("\r\n") if _KEPT.match(line)]
        if tag:
            lines = [f"{x};tag={tag}" if x.startswith("To:") and ";tag=" not in x else x for x in lines]
        lines = [f"SIP/2.0 {status}", *lines, f"Contact: <sip:{self.name}@{self.here}>", *headers]
        lines += [*([f"Content-Type: {kind}"] if kind else []), f"Content-Length: {len(text.encode())}"]
        self.send("\r\n".join(lines) + "\r\n\r\n" + text)

    def _read(self) -> None:
        while self._open:
            try:
                text = self._socket.recv(65536).decode("utf-8", "replace")
            except OSError:
                return
            call, method = header(text, "Call-ID"), header(text, "CSeq").partition(" ")[2]
            if text.startswith("SIP/2.0 "):
                self._answers.setdefault(
                    f"{call} {method} {header(text, 'CSeq').split()[0]}", queue.Queue()
                ).put(text)
            elif call in self.calls:
                self.calls[call].received(method, text)
            elif method == "INVITE":
                self._rings(call, text)
            elif method != "ACK":
                self.respond(
                    text, "200 OK" if method == "OPTIONS" else "481 Call/Transaction Does Not Exist", "x"
                )

    def _rings(self, id: str, text: str) -> None:
        call = self.calls[id] = Call(self, id, uri_of(header(text, "Contact")), request=text)
        call.local_tag, call.remote_tag = secrets.token_hex(4), tag_of(header(text, "From"))
        call.peer = uri_of(header(text, "From"))
        call.media.send_to(body_of(text))
        self._incoming.put(call)


class Call:
    """One dialog of a `UserAgent`. `request` is the INVITE of a call that came in."""

    def __init__(
        self, phone: UserAgent, id: str, target: str, *, request: str = "", media: Media | None = None
    ) -> None:
        self.phone, self.id, self.target, self.request = phone, id, target, request
        self.peer = target
        self.media = media or Media(phone.address)
        self.local_tag = self.remote_tag = ""
        self.sequence = 1
        self.provisional: list[str] = []
        self.answer = ""
        """The final answer to our last INVITE."""
        self.requests: list[str] = []
        """What the far end sent within the call, the last one last."""
        self.answers: Callable[[str, str], bool] = lambda method, text: False
        """Called with each request. True: it was answered, or is not to be."""
        self.ended = threading.Event()
        self.confirmed = threading.Event()
        self._branch = ""

    # ---- as the caller

    def invite(self, body: Body, *headers: str) -> None:
        tags = (self.local_tag, self.remote_tag)
        self._branch = self.phone.send_request(
            "INVITE", self.target, self.id, self.peer, headers, tags=tags, body=body, sequence=self.sequence
        )

    def sign_in(self, account: Account, body: Body, *headers: str) -> None:
        """Send the INVITE again, with the password that Asterisk asks for."""
        text = self.phone.final(self.id, "INVITE", self.sequence, 10)
        self._ack(self.sequence, self._branch)
        self.sequence += 1
        self.invite(body, *headers, authorization_of(text, account, self.target, "INVITE"))

    def final(self, seconds: float = 20) -> int:
        """Wait for the final answer to the INVITE, acknowledge it, and return its status."""
        sequence = self.sequence
        self.answer = text = self.phone.final(self.id, "INVITE", sequence, seconds)
        self.remote_tag = tag_of(header(text, "To"))
        if text.startswith("SIP/2.0 2"):
            self.target = uri_of(header(text, "Contact"))
            self.media.send_to(body_of(text))
            self._ack(sequence)
        else:
            self._ack(sequence, self._branch)
        return status_of(text)

    def reinvite(self, body: Body, *headers: str, seconds: float = 10) -> str:
        """Offer something else. Return the answer's SDP, or raise AssertionError with a status that is no 200."""
        self.sequence += 1
        self.invite(body, *headers)
        assert self.final(seconds) == 200, self.answer
        return body_of(self.answer)

    def cancel(self) -> None:
        self.phone.send_request(
            "CANCEL", self.target, self.id, self.peer, tags=(self.local_tag, ""), sequence=self.sequence,
            branch=self._branch,
        )  # fmt: skip

    def _ack(self, sequence: int, branch: str = "") -> None:
        tags = (self.local_tag, self.remote_tag)
        self.phone.send_request(
            "ACK", self.target, self.id, self.peer, tags=tags, sequence=sequence, branch=branch
        )

    # ---- as the one who is called

    def respond(self, status: str, *headers: str, body: Body | None = None) -> None:
        """Answer the INVITE that came in. With 200 the SDP is the media's own, unless it is given."""
        if status.startswith("200") and body is None:
            body = self.media.offer()
        self.phone.respond(self.request, status, self.local_tag, headers, body)

    def confirm(self, seconds: float = 10) -> None:
        """Wait for the ACK of our 200."""
        if not self.confirmed.wait(seconds):
            raise TimeoutError("no ACK")

    # ---- both

    def ask(self, method: str, *headers: str, body: Body | None = None, seconds: float = 10) -> str:
        """Send a request within the call. Return the final answer."""
        self.sequence += 1
        sequence = self.sequence
        answer = self.phone.ask(
            method, self.target, self.id, self.peer, headers, tags=(self.local_tag, self.remote_tag), body=body,
            sequence=sequence, seconds=seconds,
        )  # fmt: skip
        self.sequence = int(header(answer, "CSeq").split()[0])
        return answer

    def bye(self) -> int:
        self.ended.set()
        status = status_of(self.ask("BYE"))
        self.media.close()
        return status

    def press_by_info(self, digit: str) -> int:
        """Press a key by SIP INFO."""
        text = f"Signal={digit}\r\nDuration=160\r\n"
        return status_of(self.ask("INFO", body=("application/dtmf-relay", text)))

    def received(self, method: str, text: str) -> None:
        """Answer a request of the far end, as a phone must."""
        if method == "ACK":
            self.confirmed.set()
            return
        self.requests.append(text)
        if self.answers(method, text):
            return
        if method == "INVITE":
            if body_of(text):
                self.media.send_to(body_of(text))
            self.phone.respond(text, "200 OK", self.local_tag, self._timer(text), self.media.offer())
        elif method == "CANCEL":
            self.phone.respond(text, "200 OK", self.local_tag)
            self.phone.respond(self.request, "487 Request Terminated", self.local_tag)
            self.ended.set()
        else:
            if method == "BYE":
                self.ended.set()
            body = self.media.offer() if method == "UPDATE" and body_of(text) else None
            self.phone.respond(text, "200 OK", self.local_tag, self._timer(text), body)

    @staticmethod
    def _timer(text: str) -> tuple[str, ...]:
        expires = header(text, "Session-Expires")
        return (f"Session-Expires: {expires}", "Require: timer") if "refresher" in expires else ()


def header(text: str, name: str) -> str:
    """Return the first header of this name; empty: it is missing."""
    found = re.search(rf"^{name}:[ \t]*(.*?)\r?$", text, re.MULTILINE | re.IGNORECASE)
    return found[1] if found else ""


def body_of(text: str) -> str:
    return text.partition("\r\n\r\n")[2]


def status_of(answer: str) -> int:
    return int(answer.split()[1])


def tag_of(value: str) -> str:
    found = re.search(r";tag=([^;\s>]+)", value)
    return found[1] if found else ""


def uri_of(value: str) -> str:
    found = re.search(r"<([^>]+)>", value)
    return found[1] if found else value.partition(";")[0]
