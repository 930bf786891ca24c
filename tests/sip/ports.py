"""Free ports on loopback, never handed out twice, not even by test runs side by side."""

import contextlib
import fcntl
import socket
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO

_FIRST, _LAST, _BLOCK = 10000, 32000, 1000
"""Below Linux's ephemeral ports, so that no outgoing connection takes one between choice and use."""

_claims: list[IO[str]] = []
"""Open, locked files: a block of ports belongs to this process until it ends."""


def _claimed_ports() -> Iterator[int]:
    """Every port of every block that this process can claim, one after the other."""
    for block in range(_FIRST, _LAST, _BLOCK):
        claim = (Path(tempfile.gettempdir()) / f"switchroom-test-ports-{block}.lock").open("w")
        try:
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            claim.close()
            continue
        _claims.append(claim)
        yield from range(block, block + _BLOCK)


_ports = _claimed_ports()
_one_at_a_time = threading.Lock()


def is_free(port: int) -> bool:
    """Whether nobody uses this port, UDP or TCP."""
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with contextlib.closing(socket.socket(socket.AF_INET, kind)) as sock:
            try:
                sock.bind(("0.0.0.0", port))
            except OSError:
                return False
    return True


def _next_port() -> int:
    """Starts over with the first block once all are used: what was handed out then is hopefully free again."""
    global _ports
    with _one_at_a_time:
        for port in _ports:
            if is_free(port):
                return port
        if not _claims:
            raise OSError(f"all ports from {_FIRST} to {_LAST} belong to other test runs")
        blocks = [int(Path(claim.name).stem.rsplit("-", 1)[1]) for claim in _claims]
        _ports = (port for block in blocks for port in range(block, block + _BLOCK))
        return next(port for port in _ports if is_free(port))


def free_port() -> int:
    """A port that is free for both UDP and TCP, on every local address."""
    return _next_port()


def free_range(size: int) -> tuple[int, int]:
    """First and last port of `size` ports in a row, the first one even, free when looked at."""
    run: list[int] = []
    while len(run) < size:
        port = free_port()
        if run and port != run[-1] + 1:
            run = []
        if run or port % 2 == 0:
            run.append(port)
    return run[0], run[-1]
