"""Mail servers that want to harm who sends mails over them."""

import socket
import threading
from email.message import EmailMessage

import pytest

from providers.inbox.http import SourceError, SourceRefused
from providers.inbox.mail import smtp
from providers.inbox.mail.accounts import Server

pytestmark = pytest.mark.unit

ANSWERS = {b"EHLO": b"250-hello\r\n250 AUTH PLAIN\r\n", b"AUTH": b"235 in\r\n"}


@pytest.mark.parametrize("command", ["connection", "EHLO", "AUTH", "MAIL"])
def test_a_reply_without_end_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    monkeypatch.setattr(smtp, "LARGEST_REPLY", 10_000)
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listening.accept()
        with connection, connection.makefile("rb") as lines:
            try:
                connection.sendall(b"220 ready\r\n" if command != "connection" else b"220-so\r\n" * 1_000_000)
                for line in lines:
                    verb = line[:4].upper()
                    if verb == command.encode():
                        connection.sendall(b"250-so\r\n" * 1_000_000)
                    connection.sendall(ANSWERS.get(verb, b"250 ok\r\n"))
            except OSError:
                return

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    server = Server("127.0.0.1", listening.getsockname()[1], False, "u", "p")
    with listening, pytest.raises(SourceError) as raised:
        smtp.send(server, EmailMessage(), "a@example.com", "b@example.com", private=True)
    assert not isinstance(raised.value, SourceRefused)
    thread.join(10)
    assert not thread.is_alive()
