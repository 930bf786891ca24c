"""The file for journal entries and records while Redis is away: one batch a line, synced to disk."""

import fcntl
import logging
import os
import socket
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from pbx.persistence.store import Batch
from switchroom.ids import new_id

log = logging.getLogger(__name__)

KEPT = "JR"
"""The operations that are kept: journal entries and records. Live views and snapshots are made again."""
MOST_BYTES = 1_073_741_824


class Spool:
    """One engine's spool, locked for as long as the engine lives. Its name is the engine's id.

    A restarted engine claims the file that its predecessor left, and with it the same id, so it may take the
    predecessor's lease at once. Methods block: call them in a thread.

    The file is no larger than `most_bytes`. Above half of that it takes records only, which are worth more than the
    journal. An engine that is restarted before Redis is back then knows from Asterisk which calls there are, but not
    what happened in them before.
    """

    def __init__(self, path: Path, file: BinaryIO, most_bytes: int = MOST_BYTES) -> None:
        self.engine = path.stem
        self._most_bytes = most_bytes
        self._refused: set[str] = set()
        self._path = path
        self._file = file
        self.size = self._mend()

    @classmethod
    def claim(cls, folder: Path, *, most_bytes: int = MOST_BYTES) -> "Spool":
        """Return the first spool in `folder` that no living engine has locked, or a new one."""
        folder.mkdir(parents=True, exist_ok=True)
        host = "".join(c for c in socket.gethostname().lower() if c.isalnum() or c == "-")[:40]
        for path in [*sorted(folder.glob("*.spool")), folder / f"{host}-{new_id()}.spool"]:
            file = path.open("a+b")
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.close()
                continue
            return cls(path, file, most_bytes)
        raise RuntimeError(f"no spool could be locked in {folder}")

    def append(self, batches: Iterable[Batch]) -> Counter[str]:
        """Write what is kept, and wait until it is on disk. Return how many operations of each kind (`J`, `R`) had no
        room. After the first of a kind none of that kind is taken until `clear`, so that there is no hole."""
        lost: Counter[str] = Counter()
        for batch in batches:
            kept = batch.only(KEPT)
            for kind, most in (("J", self._most_bytes // 2), ("R", self._most_bytes)):
                count = sum(op[0] == kind for op in kept.ops)
                if count and (kind in self._refused or self.size + len(kept.to_line()) > most):
                    self._refused.add(kind)
                    lost[kind] += count
                    kept = Batch(kept.fence, kept.sequence, tuple(op for op in kept.ops if op[0] != kind))
            if kept.ops:
                self.size += self._file.write(kept.to_line())
        self._file.flush()
        os.fsync(self._file.fileno())
        return lost

    def read(self, start: int, most: int = 500) -> tuple[list[Batch], int]:
        """Return up to `most` batches from the byte `start` on, oldest first, and where the next begins.

        No batches: the end. A line that cannot be read is logged and left out.
        """
        self._file.seek(start)
        batches: list[Batch] = []
        while len(batches) < most and (line := self._file.readline()):
            start += len(line)
            try:
                batches.append(Batch.from_line(line))
            except ValueError:
                log.error("spool line cannot be read", extra={"file": str(self._path), "end": start})
        return batches, start

    def clear(self) -> None:
        self._file.truncate(0)
        os.fsync(self._file.fileno())
        self.size = 0
        self._refused = set()

    def close(self) -> None:
        """Release the lock. The file stays, and with it the engine's id."""
        self._file.close()

    def _mend(self) -> int:
        """Cut off a last line that a crash left unfinished. Return the size of the rest."""
        self._file.seek(0)
        data = self._file.read()
        end = data.rfind(b"\n") + 1
        if end < len(data):
            log.warning("spool ends in an unfinished line", extra={"bytes": len(data) - end})
            self._file.truncate(end)
        return end
