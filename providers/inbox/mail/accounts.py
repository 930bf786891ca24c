"""The servers of a mailbox, as its token names them."""

from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from providers.inbox.http import SourceRefused

_PORTS = {"imaps": 993, "imap": 143, "smtps": 465, "smtp": 587}
FORM = "imaps://USER:PASSWORD@imap.example.com smtps://USER:PASSWORD@smtp.example.com"


@dataclass(frozen=True, slots=True)
class Server:
    """Where to connect, and as whom. `tls`: from the first byte on; else STARTTLS."""

    host: str
    port: int
    tls: bool
    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Account:
    """Where mail comes from, and where it goes out."""

    imap: Server
    smtp: Server


def account_of(token: str) -> Account:
    """Return what the token names. Raises SourceRefused, which says what it must be."""
    servers: dict[str, Server] = {}
    for url in token.split():
        kind, server = _server(url)
        servers[kind] = server
    if set(servers) != {"imap", "smtp"}:
        raise SourceRefused(f"E-mail: the token must be {FORM}")
    return Account(servers["imap"], servers["smtp"])


def _server(url: str) -> tuple[str, Server]:
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS[parts.scheme]
    except (ValueError, KeyError):
        raise SourceRefused(f"E-mail: the token must be {FORM}") from None
    if not parts.hostname or parts.username is None or parts.password is None:
        raise SourceRefused(f"E-mail: the token must be {FORM}")
    user, password = unquote(parts.username), unquote(parts.password)
    if any(ord(char) < 32 for char in user + password):
        raise SourceRefused("E-mail: the user or the password has a control character")
    tls = parts.scheme.endswith("s")
    return parts.scheme.removesuffix("s"), Server(parts.hostname, port, tls, user, password)
