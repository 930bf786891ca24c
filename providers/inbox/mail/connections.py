"""Connections to mail servers, and what their failures mean."""

import socket
import ssl

from providers.inbox.http import SourceError, SourceRefused
from providers.inbox.mail.accounts import Server
from switchroom.guarded_sockets import RefusedAddress, connect, is_private

SECONDS = 30.0


def open_socket(server: Server, seconds: float, *, private: bool) -> socket.socket:
    """Connect, with TLS where the server has it from the first byte on. Raises OSError."""
    made = connect(server.host, server.port, seconds=seconds, private=private)
    if not server.tls:
        return made
    return ssl.create_default_context().wrap_socket(made, server_hostname=server.host)


def require_beside_us(server: Server, connection: socket.socket | None) -> None:
    """Raise SourceRefused unless the server stands beside us: only then it may go without TLS."""
    if connection is None or not is_private(connection):
        raise SourceRefused(f"E-mail: {server.host} offers no TLS")


def failure(server: Server, error: Exception) -> SourceError:
    """Return what an error of the connection means: another try may help, or (SourceRefused) does not."""
    if isinstance(error, RefusedAddress):
        return SourceRefused(f"E-mail: {error}")
    if isinstance(error, ssl.SSLCertVerificationError):
        return SourceRefused(f"E-mail: the certificate of {server.host}: {error.verify_message}")
    return SourceError(f"E-mail: {_trouble(server, error)}")


def _trouble(server: Server, error: Exception) -> str:
    match error:
        case socket.gaierror():
            return f"there is no server {server.host}"
        case ConnectionRefusedError():
            return f"{server.host} takes no connections on port {server.port}"
        case TimeoutError():
            return f"{server.host} does not answer on port {server.port}"
        case ssl.SSLError():
            return f"{server.host} does not begin with TLS on port {server.port}"
    return f"{server.host} is not reached ({type(error).__name__})"
