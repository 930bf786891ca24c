"""A mailbox on an IMAP server (RFC 9051 and RFC 3501), read without changing it, and IDLE (RFC 2177)."""

import imaplib
import re
import select
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from providers.inbox.http import SourceError, SourceRefused
from providers.inbox.mail.accounts import Server
from providers.inbox.mail.connections import SECONDS, failure, open_socket, require_beside_us

AWAY = (imaplib.IMAP4.abort, OSError)
"""What imaplib raises when the server is gone."""
_NUMBER = re.compile(rb"\[(UIDVALIDITY|UIDNEXT) (\d+)\]")
_ROW = re.compile(rb"\bUID (\d+)")
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d+)")
_IDLE = b"IDLE1"
LARGEST_ANSWER = 64 * 1024 * 1024
"""Bytes of an answer beside the mail that was asked for. Whose server it is, its users alone know."""
imaplib._MAXLINE = 10_000_000  # type: ignore[attr-defined]
"""A search may answer with a hundred thousand numbers in one line."""


@dataclass(frozen=True, slots=True)
class Extent:
    """What a mailbox has: numbers are good as long as `uid_validity` is the same; the next mail gets `uid_next`."""

    uid_validity: int
    uid_next: int


class _Connection(imaplib.IMAP4):
    """A connection to a public address, which takes only so many bytes until `begin` is called again."""

    def __init__(self, server: Server, private: bool) -> None:
        self._server, self._private = server, private
        self.begin()
        super().__init__(server.host, server.port, SECONDS)

    def begin(self, most: int = 0) -> None:
        """Let the next answer have `most` bytes more than `LARGEST_ANSWER`."""
        self._room = LARGEST_ANSWER + most

    def read(self, size: int) -> bytes:
        self._take(size)
        return super().read(size)

    def readline(self) -> bytes:
        line = super().readline()
        self._take(len(line))
        return line

    def _take(self, size: int) -> None:
        self._room -= size
        if self._room < 0:
            raise self.abort("the server says too much")

    def _create_socket(self, timeout: float | None) -> socket.socket:
        return open_socket(self._server, timeout or SECONDS, private=self._private)


class Mailbox:
    """The INBOX of an account. Nothing is marked, moved or deleted. Raises SourceError when the server is gone."""

    def __init__(self, connection: _Connection) -> None:
        self._imap = connection
        self.can_idle = "IDLE" in connection.capabilities

    def select(self) -> Extent:
        """Open the mailbox, to read only, and return what it has."""
        self._ask(self._imap.select, "INBOX", True)
        numbers = {}
        for name in ("UIDVALIDITY", "UIDNEXT"):
            found = self._imap.response(name)[1]
            numbers[name] = int(found[0]) if found and found[0] else 0
        if not numbers["UIDVALIDITY"]:
            raise SourceRefused("E-mail: the server does not number its mails (UIDVALIDITY)")
        return Extent(numbers["UIDVALIDITY"], numbers["UIDNEXT"])

    def after(self, uid: int) -> list[int]:
        """Return the numbers of the mails behind this one, in their order."""
        found = self._ask(self._imap.uid, "SEARCH", f"UID {uid + 1}:*")
        # `n:*` names the last mail even if its number is smaller.
        return sorted(number for number in _numbers(found) if number > uid)

    def since(self, moment: datetime) -> list[int]:
        """Return the numbers of the mails that arrived at this time or later."""
        day = (moment - timedelta(days=1)).strftime("%d-%b-%Y")
        numbers = sorted(_numbers(self._ask(self._imap.uid, "SEARCH", f"SINCE {day}")))
        if not numbers:
            return []
        rows = self._ask(self._imap.uid, "FETCH", f"{numbers[0]}:*", "(UID INTERNALDATE)")
        arrived = [(_ROW.search(row), imaplib.Internaldate2tuple(row)) for row in map(_flat, rows)]
        seconds = moment.timestamp() // 1
        return sorted(
            int(found[1]) for found, when in arrived if found and when and _seconds(when) >= seconds
        )

    def fetch(self, uid: int, most: int) -> tuple[bytes, int]:
        """Return the mail, or its first `most` bytes, and its size. No bytes: it is gone."""
        wanted = f"(UID RFC822.SIZE BODY.PEEK[]<0.{most}>)"
        rows = self._ask(self._imap.uid, "FETCH", str(uid), wanted, most=most)
        for row in rows:
            if isinstance(row, tuple):
                size = _SIZE.search(row[0])
                return bytes(row[1]), int(size[1]) if size else len(row[1])
        return b"", 0

    def wait(self, seconds: float) -> bool:
        """Return whether the server said within this time that something changed, by IDLE."""
        imap = self._imap
        imap.begin()
        try:
            imap.send(_IDLE + b" IDLE\r\n")
            if not imap.readline().startswith(b"+"):
                raise SourceError("E-mail: the server does not IDLE")
            changed = _readable(imap.socket(), seconds)
            imap.send(b"DONE\r\n")
            while (line := imap.readline()) and not line.startswith(_IDLE):
                changed = changed or b"EXISTS" in line
        except AWAY as error:
            raise SourceError(f"E-mail: {type(error).__name__}") from None
        if not line:
            raise SourceError("E-mail: the server closed the connection")
        return changed

    def nap(self) -> None:
        """Say that we are still here."""
        self._ask(self._imap.noop)

    def _ask(self, command: Any, *args: Any, most: int = 0) -> list[Any]:
        self._imap.begin(most)
        try:
            status, answer = command(*args)
        except AWAY as error:
            raise SourceError(f"E-mail: {type(error).__name__}") from None
        except imaplib.IMAP4.error as error:
            raise SourceError(f"E-mail: {error}"[:200]) from None
        if status != "OK":
            raise SourceError(f"E-mail: the server answers {status}")
        return list(answer)


@contextmanager
def open_mailbox(server: Server, *, private: bool) -> Iterator[Mailbox]:
    """Sign in, and out at the end. Raises SourceError (not reached), SourceRefused (wrong password, no TLS)."""
    try:
        connection = _Connection(server, private)
    except (imaplib.IMAP4.error, OSError) as error:
        raise failure(server, error) from None
    try:
        _secure(connection, server)
        try:
            connection.login(server.user, server.password)
        except imaplib.IMAP4.abort as error:
            raise SourceError(f"E-mail: {error}"[:200]) from None
        except imaplib.IMAP4.error:
            raise SourceRefused(f"E-mail: {server.host} refuses the user or the password") from None
        # Many servers say only now what they can do.
        connection._get_capabilities()
        yield Mailbox(connection)
    except OSError as error:
        raise failure(server, error) from None
    finally:
        _close(connection)


def _secure(connection: imaplib.IMAP4, server: Server) -> None:
    """Encrypt the connection. Only a server beside us may go without."""
    if server.tls:
        return
    if "STARTTLS" in connection.capabilities:
        connection.starttls(ssl.create_default_context())
    else:
        require_beside_us(server, connection.socket())


def _close(connection: imaplib.IMAP4) -> None:
    try:
        connection.logout()
    except (imaplib.IMAP4.error, OSError):
        with suppress(OSError):
            connection.shutdown()


def _readable(connection: socket.socket, seconds: float) -> bool:
    if isinstance(connection, ssl.SSLSocket) and connection.pending():
        return True
    return bool(select.select([connection], [], [], seconds)[0])


def _numbers(found: list[Any]) -> list[int]:
    return [int(number) for row in found if row for number in row.split()]


def _flat(row: Any) -> bytes:
    return row[0] if isinstance(row, tuple) else row or b""


def _seconds(local: Any) -> float:
    """Return the POSIX time of a local time tuple."""
    return time.mktime(local)
