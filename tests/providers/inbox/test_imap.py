"""Mail servers that want to harm who reads them."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from providers.inbox.http import SourceError
from providers.inbox.mail import imap
from providers.inbox.mail.accounts import Server
from providers.inbox.mail.imap import open_mailbox

pytestmark = pytest.mark.unit


@contextmanager
def hostile(answer: Callable[[bytes], Iterator[bytes]]) -> Iterator[Server]:
    """Serve one client: what it signs in with is right, and what it searches or fetches is answered by `answer`."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listening.accept()
        with connection, connection.makefile("rb") as lines:
            connection.sendall(b"* OK [CAPABILITY IMAP4rev1] ready\r\n")
            for line in lines:
                tag, command = line.split()[:2]
                if command == b"CAPABILITY":
                    connection.sendall(b"* CAPABILITY IMAP4rev1\r\n")
                if command == b"EXAMINE":
                    connection.sendall(b"* OK [UIDVALIDITY 1] x\r\n* OK [UIDNEXT 2] x\r\n")
                try:
                    for piece in answer(line) if command == b"UID" else ():
                        connection.sendall(piece)
                    connection.sendall(tag + b" OK done\r\n")
                except OSError:
                    return

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    with listening:
        yield Server("127.0.0.1", listening.getsockname()[1], False, "u", "p")
    thread.join(10)


def test_a_mail_that_is_larger_than_was_asked_for_is_not_read() -> None:
    def huge(_: bytes) -> Iterator[bytes]:
        yield b"* 1 FETCH (UID 1 BODY[] {99999999999}\r\n"

    with hostile(huge) as server, open_mailbox(server, private=True) as mailbox:
        mailbox.select()
        with pytest.raises(SourceError, match="abort"):
            mailbox.fetch(1, 1000)


def test_an_answer_without_end_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap, "LARGEST_ANSWER", 10_000)

    def endless(_: bytes) -> Iterator[bytes]:
        for number in range(1_000_000):
            yield b"* SEARCH %d\r\n" % number

    with hostile(endless) as server, open_mailbox(server, private=True) as mailbox:
        mailbox.select()
        with pytest.raises(SourceError, match="abort"):
            mailbox.after(0)
