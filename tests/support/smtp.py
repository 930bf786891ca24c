"""A private SMTP server that asks for a password, keeps what it takes, and refuses what it is told to."""

import email
from collections.abc import Iterator
from contextlib import contextmanager
from email import policy
from email.message import EmailMessage
from typing import Any
from urllib.parse import quote

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from tests.support.servers import free_port

USER, PASSWORD = "desk@acme.example", "p:ss/w@rd"


class SmtpServer:
    """`mails`: what it took. `refusals`: answers to RCPT, by address. `lost`: so many get no answer."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.refusals: dict[str, str] = {}
        self.lost = 0
        self.port = free_port()

    @property
    def url(self) -> str:
        """Return the part of a channel's token that leads here."""
        return f"smtp://{quote(USER, safe='')}:{quote(PASSWORD, safe='')}@localhost:{self.port}"

    async def handle_RCPT(
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if address in self.refusals:
            return self.refusals[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:
        mail = email.message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        mail["X-To"] = ", ".join(envelope.rcpt_tos)
        self.mails.append(mail)
        if self.lost:
            self.lost -= 1
            server.transport.abort()
        return "250 OK"


@contextmanager
def smtp_server() -> Iterator[SmtpServer]:
    handler = SmtpServer()

    def knows(_server: Any, _session: Any, _envelope: Any, _mechanism: Any, given: Any) -> AuthResult:
        right = isinstance(given, LoginPassword) and (given.login, given.password) == (
            USER.encode(),
            PASSWORD.encode(),
        )
        return AuthResult(success=right, handled=False)

    controller = Controller(
        handler,
        hostname="localhost",
        port=handler.port,
        authenticator=knows,
        auth_required=True,
        auth_require_tls=False,
    )
    controller.start()
    try:
        yield handler
    finally:
        controller.stop()
