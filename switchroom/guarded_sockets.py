"""TCP connections to servers that a team's users enter: to public addresses only (against server-side request forgery).

The host's name is resolved once, every address is checked, and the connection goes to a checked address.
"""

import socket

from switchroom.public_addresses import is_public


class RefusedAddress(OSError):
    """The host has an address that is not public."""


def connect(host: str, port: int, *, seconds: float, private: bool) -> socket.socket:
    """Return a connection. `private`: addresses that are not public are allowed too. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(info[4][0]) for info in found))
    if not addresses or not (private or all(map(is_public, addresses))):
        raise RefusedAddress(f"{host} is no public server")
    for number, address in enumerate(addresses, 1):
        try:
            return socket.create_connection((address, port), timeout=seconds)
        except OSError:
            if number == len(addresses):
                raise
    raise OSError("no connection")


def is_private(connection: socket.socket) -> bool:
    """Return whether the other end has an address that is not public: it stands beside us."""
    return not is_public(str(connection.getpeername()[0]))
