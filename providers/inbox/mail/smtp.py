"""Mails go out over the SMTP server of their account."""

import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from typing import Any, BinaryIO

from providers.inbox.http import SourceError, SourceRefused, Unknown
from providers.inbox.mail.accounts import Server
from providers.inbox.mail.connections import SECONDS, failure, open_socket, require_beside_us

LARGEST_REPLY = 256 * 1024
"""Bytes. Whose server it is, its users alone know."""


class _Reply:
    """The lines of one reply. Reading raises OSError when it has more than `LARGEST_REPLY` bytes."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._room = file, LARGEST_REPLY
        self.close = file.close

    def readline(self, most: int) -> bytes:
        line = self._file.readline(most)
        self._room -= len(line)
        if self._room < 0:
            raise OSError("the server says too much")
        return line


class _Plain(smtplib.SMTP):
    """A connection to a public address."""

    def __init__(self, server: Server, private: bool) -> None:
        self._server, self._private = server, private
        super().__init__(server.host, server.port, timeout=SECONDS)

    def _get_socket(self, host: str, port: int, timeout: Any) -> socket.socket:
        return open_socket(self._server, timeout, private=self._private)

    def getreply(self) -> tuple[int, bytes]:
        lines = self.file if self.file is not None else self.sock.makefile("rb")  # type: ignore[union-attr]
        self.file = _Reply(lines)
        try:
            return super().getreply()
        finally:
            if self.file is not None:
                self.file = lines


def check(server: Server, *, private: bool) -> None:
    """Sign in, and out. Raises SourceError, SourceRefused."""
    with _signed_in(server, private):
        pass


def send(server: Server, message: EmailMessage, sender: str, to: str, *, private: bool) -> None:
    """Hand the mail over.

    Raises SourceError (try again), SourceRefused (the server's word for it), and Unknown if it may have taken the mail.
    """
    with _signed_in(server, private) as client:
        try:
            client.send_message(message, sender, [to])
        except smtplib.SMTPRecipientsRefused as error:
            code, text = next(iter(error.recipients.values()))
            raise _refusal(code, text) from None
        except smtplib.SMTPResponseException as error:
            raise _refusal(error.smtp_code, error.smtp_error) from None
        except (smtplib.SMTPException, OSError) as error:
            raise Unknown(f"E-mail: {type(error).__name__}") from None


@contextmanager
def _signed_in(server: Server, private: bool) -> Iterator[smtplib.SMTP]:
    """Sign in, and out at the end. Raises SourceError, SourceRefused."""
    try:
        client = _Plain(server, private)
    except OSError as error:
        raise failure(server, error) from None
    try:
        _sign_in(client, server)
    except BaseException:
        client.close()
        raise
    try:
        yield client
    finally:
        try:
            client.quit()
        except OSError:
            client.close()


def _sign_in(client: smtplib.SMTP, server: Server) -> None:
    try:
        client.ehlo()
        if not server.tls:
            if client.has_extn("starttls"):
                client.starttls(context=ssl.create_default_context())
                client.ehlo()
            else:
                require_beside_us(server, client.sock)
        client.login(server.user, server.password)
    except smtplib.SMTPAuthenticationError as error:
        if error.smtp_code < 500:
            raise SourceError(f"E-mail: {server.host} answers {error.smtp_code}") from None
        raise SourceRefused(f"E-mail: {server.host} refuses the user or the password") from None
    except smtplib.SMTPNotSupportedError:
        raise SourceRefused(f"E-mail: {server.host} takes no password") from None
    except OSError as error:
        raise failure(server, error) from None


def _refusal(code: int, text: bytes | str) -> SourceError:
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    words = f"E-mail: {code} {' '.join(said.split())}"[:250]
    return SourceRefused(words) if code >= 500 else SourceError(words)
