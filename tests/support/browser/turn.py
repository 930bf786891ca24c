"""A private coturn: a TURN server whose passwords are made of a shared secret, as those of `POST /v1/phone` are."""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.support.servers import free_port, wait_until


@contextmanager
def turn_server(folder: Path, secret: str) -> Iterator[int]:
    """Yield its port, for UDP and TCP. What it relays may stay on this machine."""
    port = free_port()
    command = (
        *(
            "turnserver",
            "-n",
            "--no-cli",
            "--no-tls",
            "--no-dtls",
            "--allow-loopback-peers",
            "--log-file=stdout",
        ),
        *("--listening-ip=127.0.0.1", f"--relay-ip={_own_address()}", f"--listening-port={port}"),
        *("--realm=example.com", "--use-auth-secret", f"--static-auth-secret={secret}"),
        *(f"--userdb={folder / 'turn.db'}", f"--pidfile={folder / 'turn.pid'}"),
    )
    with (folder / "turn.log").open("wb") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        wait_until(lambda: _answers(port), "the TURN server")
        yield port
    finally:
        process.terminate()
        process.wait(10)


def _own_address() -> str:
    """Return the address by which this machine's Asterisk sends to other addresses of it than 127.0.0.1."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking, suppress(OSError):
        asking.connect(("192.0.2.1", 9))
        return str(asking.getsockname()[0])
    return "127.0.0.1"


def _answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False
