"""Free ports on loopback, never handed out twice by one process."""

import contextlib
import itertools
import os
import socket
from collections.abc import Iterator

_FIRST, _LAST = 20000, 32000
"""Below Linux's ephemeral ports, so that no outgoing connection takes one between choice and use."""

_given: Iterator[int] = itertools.cycle(range(_FIRST, _LAST))
for _ in range(os.getpid() * 977 % (_LAST - _FIRST)):
    next(_given)


def _is_free(port: int) -> bool:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with contextlib.closing(socket.socket(socket.AF_INET, kind)) as sock:
            try:
                sock.bind(("0.0.0.0", port))
            except OSError:
                return False
    return True


def free_port() -> int:
    """A port that is free for both UDP and TCP, on every local address."""
    return next(port for port in _given if _is_free(port))


def free_range(size: int) -> tuple[int, int]:
    """First and last port of `size` ports in a row, the first one even, free when looked at."""
    run: list[int] = []
    while len(run) < size:
        port = free_port()
        if run and port != run[-1] + 1 or not run and port % 2:
            run = []
        if run or port % 2 == 0:
            run.append(port)
    return run[0], run[-1]
