"""Free ports on loopback. Test runs that run at the same time never get the same port."""

import contextlib
import fcntl
import socket
import tempfile
import threading
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import IO

_FIRST, _LAST, _BLOCK = 10000, 32000, 1000
"""These ports are below Linux's ephemeral ports. So no outgoing connection takes one between choice and use."""

_claims: dict[int, IO[str]] = {}
"""First port of a block -> its locked file. The block belongs to this process until the process ends."""


def _claim(block: int) -> bool:
    """Claim a block for this process. Return False if another process has it."""
    claim = (Path(tempfile.gettempdir()) / f"switchroom-test-ports-{block}.lock").open("w")
    try:
        fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        claim.close()
        return False
    _claims[block] = claim
    return True


def _claimed_ports() -> Iterator[int]:
    """Yield every port of every block that this process can claim. After the last one, start again with the first:
    most of these ports are free again by then."""
    mine: list[int] = []
    for block in range(_FIRST, _LAST, _BLOCK):
        if _claim(block):
            mine.append(block)
            yield from range(block, block + _BLOCK)
    while mine:
        for block in mine:
            yield from range(block, block + _BLOCK)


_ports = _claimed_ports()
_lock = threading.Lock()


def is_free(port: int) -> bool:
    """Return whether no program uses this port, UDP or TCP."""
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with contextlib.closing(socket.socket(socket.AF_INET, kind)) as sock:
            try:
                sock.bind(("0.0.0.0", port))
            except OSError:
                return False
    return True


def is_bound(port: int) -> bool:
    """Return whether a program has this UDP port. The port is not opened for the test, because that could take it
    away from a program that is about to open it."""
    rows = Path("/proc/net/udp").read_text().splitlines()[1:]
    return any(row.split()[1].endswith(f":{port:04X}") for row in rows)


def free_port() -> int:
    """Return a port that is free for both UDP and TCP, on every local address."""
    with _lock:
        for port in islice(_ports, 2 * (_LAST - _FIRST)):
            if is_free(port):
                return port
    raise OSError(f"all ports from {_FIRST} to {_LAST} are used, or belong to other test runs")


def free_range(size: int) -> tuple[int, int]:
    """Return the first and the last of `size` ports in a row. The first one is even. All are free at this moment."""
    if size > _BLOCK // 2:
        return _free_blocks(size)
    run: list[int] = []
    while len(run) < size:
        port = free_port()
        if run and port != run[-1] + 1:
            run = []
        if run or port % 2 == 0:
            run.append(port)
    return run[0], run[-1]


def _free_blocks(size: int) -> tuple[int, int]:
    """Find a large range in blocks of its own. The blocks of single ports are used up in turns by several test runs."""
    length = -(-size // _BLOCK) * _BLOCK
    with _lock:
        for again in (False, True):
            for first in range(_FIRST, _LAST - length + 1, _BLOCK):
                if _claim_all(range(first, first + length, _BLOCK), range(first, first + size), again=again):
                    return first, first + size - 1
    raise OSError(f"no {size} ports in a row from {_FIRST} to {_LAST}: other test runs use them")


def _claim_all(blocks: range, ports: range, *, again: bool) -> bool:
    """Claim these blocks if all their `ports` are free. With `again`, the blocks may belong to this process already."""
    held = [block for block in blocks if block in _claims]
    if held and not again:
        return False
    taken: list[int] = []
    for block in blocks:
        if block not in held:
            if not _claim(block):
                break
            taken.append(block)
    else:
        if all(is_free(port) for port in ports):
            return True
    for block in taken:
        _claims.pop(block).close()
    return False
