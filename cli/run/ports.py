"""The ports of a run, the setting of each, and whether another program uses it."""

import errno
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from cli.errors import RunError
from switchroom.settings import Settings

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_OBSTACLES = {
    errno.EADDRINUSE: "another program has it",
    errno.EADDRNOTAVAIL: "this machine does not have the address {}",
    errno.EACCES: "only root may listen below 1024",
}


@dataclass(frozen=True, slots=True)
class Port:
    """A port that one of our programs listens on."""

    what: str
    setting: str
    host: str
    number: int
    datagram: bool = False

    def obstacle(self) -> str:
        """Return why a program of ours could not listen here; empty if it could."""
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM if self.datagram else socket.SOCK_STREAM) as probe:
            if not self.datagram:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((self.host, self.number))
            except OSError as error:
                return _OBSTACLES.get(error.errno or 0, error.strerror or str(error)).format(self.host)
        return ""


def is_ours(url: str) -> bool:
    """Return whether a run starts the server at this URL itself: it does if the address is loopback."""
    return urlsplit(url).hostname in LOOPBACK


def local(host: str) -> str:
    """Return the address at which this machine reaches a server that listens on `host`."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound


def local_url(host: str, port: int) -> str:
    """Return the URL at which this machine reaches an HTTP server that listens on `host`."""
    address = local(host)
    return f"http://[{address}]:{port}" if ":" in address else f"http://{address}:{port}"


def api_url(settings: Settings) -> str:
    """Return the URL at which this machine reaches the api."""
    return local_url(settings.api_host, settings.api_port)


def sip_bind(settings: Settings) -> str:
    """Return the address that SIP listens on: loopback if agents are told to use loopback, else every address."""
    return "127.0.0.1" if settings.sip_host in LOOPBACK else "0.0.0.0"  # noqa: S104 - phones are elsewhere


def ports_of(settings: Settings) -> list[Port]:
    """Return every port that a run with these settings listens on, except the media ports."""
    node = settings.this_node
    ports = [
        Port("api", "SWITCHROOM_API_PORT", settings.api_host, settings.api_port),
        Port("api (private)", "SWITCHROOM_PRIVATE_PORT", settings.private_host, settings.private_port),
        Port("engine", "SWITCHROOM_ENGINE_PORT", settings.private_host, settings.engine_port),
        Port("record writer", "SWITCHROOM_WORKER_PORT", settings.private_host, settings.worker_port),
        Port("SIP", "SWITCHROOM_SIP_PORT", sip_bind(settings), settings.sip_port, datagram=True),
        Port("AMI", "SWITCHROOM_NODES (ami_port)", settings.ami_bind, node.ami_port),
    ]
    for what, setting, number in (
        ("SIP over TCP", "SWITCHROOM_SIP_TCP_PORT", settings.sip_tcp_port),
        ("SIP over TLS", "SWITCHROOM_SIP_TLS_PORT", settings.sip_tls_port),
        ("SIP over WSS", "SWITCHROOM_SIP_WSS_PORT", settings.sip_wss_port),
    ):
        if number:
            ports.append(Port(what, setting, sip_bind(settings), number))
    if settings.sip_ws_port:
        ports.append(Port("SIP over WS", "SWITCHROOM_SIP_WS_PORT", "127.0.0.1", settings.sip_ws_port))
    for what, setting, url in (
        ("Redis", "SWITCHROOM_REDIS_URL", settings.redis_url),
        ("S3", "SWITCHROOM_S3_ENDPOINT", settings.s3_endpoint),
    ):
        if is_ours(url):
            ports.append(Port(what, setting, "127.0.0.1", urlsplit(url).port or 80))
    return ports


def require_free(ports: Iterable[Port]) -> None:
    """Raise `RunError`, which names every port that we cannot have, its setting, and why."""
    wrong = [(port, why) for port in ports if (why := port.obstacle())]
    if wrong:
        lines = "".join(
            f"\n  - {port.what}: port {port.number} ({port.setting}): {why}" for port, why in wrong
        )
        raise RunError(
            f"these ports cannot be used:{lines}",
            "end the other programs, or set other ports or addresses in var/switchroom.env, then try again",
        )


def free_near(wanted: int, avoid: Iterable[int], *, datagram: bool = False) -> int:
    """Return `wanted`, or the next free port above it in steps of ten. Ports in `avoid` are not taken."""
    reserved = set(avoid)
    for number in range(wanted, 65000, 10):
        if number not in reserved and not Port("", "", "127.0.0.1", number, datagram).obstacle():
            return number
    raise RunError(f"no free port from {wanted} on", "end some of the programs that listen on this machine")
