"""The file that takes journal entries and records while Redis is away: lines of batches, synced to disk."""

import fcntl
import logging
import os
import socket
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from pbx.store import Batch
from switchroom.ids import new_id

log = logging.getLogger(__name__)

KEPT = "JR"
"""What is worth keeping: journal entries and records. Live views and snapshots are made anew."""


class Spool:
    """One engine's spool, locked for as long as the engine lives: its name is the engine's id.

    A restarted engine claims the file that its predecessor left, and with it the same id, so that it may take
    over the predecessor's lease at once. Methods block: call them in a thread.
    """

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self.engine = path.stem
        self._path = path
        self._file = file
        self.size = self._mend()

    @classmethod
    def claim(cls, folder: Path) -> "Spool":
        """The first spool in `folder` that no living engine holds, or a new one."""
        folder.mkdir(parents=True, exist_ok=True)
        host = "".join(c for c in socket.gethostname().lower() if c.isalnum() or c == "-")[:40]
        for path in [*sorted(folder.glob("*.spool")), folder / f"{host}-{new_id()}.spool"]:
            file = path.open("a+b")
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.close()
                continue
            return cls(path, file)
        raise RuntimeError(f"no spool could be locked in {folder}")

    def append(self, batches: Iterable[Batch]) -> None:
        """Write what is worth keeping, and return when it is on disk."""
        for batch in batches:
            kept = batch.only(KEPT)
            if kept.ops:
                self.size += self._file.write(kept.to_line())
        self._file.flush()
        os.fsync(self._file.fileno())

    def read(self, start: int, most: int = 500) -> tuple[list[Batch], int]:
        """Up to `most` batches from the byte `start` on, oldest first, and where to go on; none: the end.

        A line that cannot be read is logged and left out.
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

    def close(self) -> None:
        """Give up the lock. The file stays, with the engine's id."""
        self._file.close()

    def _mend(self) -> int:
        """Cut off a last line that a crash left unfinished; the size of what is left."""
        self._file.seek(0)
        data = self._file.read()
        end = data.rfind(b"\n") + 1
        if end < len(data):
            log.warning("spool ends in an unfinished line", extra={"bytes": len(data) - end})
            self._file.truncate(end)
        return end
