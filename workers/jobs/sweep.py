"""The sweep of a node's disk: whatever an earlier crash left is brought on its way again, and nothing is
deleted unseen.
"""

import contextlib
import logging
import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

from sqlmodel import col, select

from models import Recording, Voicemail
from switchroom.database import session
from workers.enqueue import enqueue, recordings_queue
from workers.jobs.fallback import import_fallback
from workers.resources import Resources, get_resources

logger = logging.getLogger(__name__)

GRACE_SECONDS = 6 * 3600
"""A call may last this long before its files, without a row yet, are called unknown."""
UTTERANCE_SECONDS = 3600
"""What a caller said is recognized within seconds; a recording of it that is still there was of no use."""
CHUNK = 500
_LEG = re.compile(r"(.+)\.(?:agent|caller)\.wav")


class WrongNodeError(Exception):
    """This worker doesn't see that node's disk."""


@dataclass
class Sweep:
    """What a sweep found. `unknown` files are old, belong to no row, and are kept; `failed` ones wait for
    a retry; `utterances` were left over and are deleted.
    """

    enqueued: int = 0
    imported: int = 0
    failed: int = 0
    unknown: int = 0
    utterances: int = 0


def sweep_node(node: str) -> None:
    """Job of the node's worker (workers.main.RecordingsWorker): see `sweep`. Raises `WrongNodeError`."""
    resources = get_resources()
    if node != resources.settings.node:
        raise WrongNodeError(f"this worker serves {resources.settings.node!r}, not {node!r}")
    found = sweep(resources, time.time())
    level = logging.WARNING if found.unknown else logging.INFO if found != Sweep() else logging.DEBUG
    logger.log(level, "node swept", extra=asdict(found))


def sweep(resources: Resources, now: float) -> Sweep:
    """Enqueue the storing of all that lies on the disk and is known, and of all rows that still wait.

    A job that waits or runs already is not doubled. `now`: POSIX seconds.
    """
    found = Sweep()
    found.imported = import_fallback(resources, now)
    spool = resources.settings.spool_dir
    legs = _bases(spool, (spool / "recordings").glob("*.wav"))
    messages = {str(path.relative_to(spool)): path for path in (spool / "voicemail").glob("*.wav")}
    messages |= {str(path.relative_to(spool)): path for path in (spool / "fallback").glob("*.wav")}
    _sweep_files(resources, found, Recording, "store_recording", legs, now)
    _sweep_files(resources, found, Voicemail, "store_voicemail", messages, now)
    _sweep_rows(resources, found, Recording, "store_recording")
    _sweep_rows(resources, found, Voicemail, "store_voicemail")
    found.utterances = _forget_utterances(spool / "speech", now)
    return found


def _forget_utterances(folder: Path, now: float) -> int:
    """Words of callers who hung up, or pressed a digit, while they spoke: nobody else deletes them."""
    forgotten = 0
    for path in folder.glob("*.wav"):
        with contextlib.suppress(FileNotFoundError):
            if now - path.stat().st_mtime > UTTERANCE_SECONDS:
                path.unlink()
                forgotten += 1
    return forgotten


def _bases(spool: Path, paths: Iterable[Path]) -> dict[str, Path]:
    """Recordings' file bases with one of their files."""
    bases = {}
    for path in paths:
        match = _LEG.fullmatch(str(path.relative_to(spool)))
        bases[match.group(1) if match else str(path.relative_to(spool))] = path
    return bases


def _sweep_files(
    resources: Resources,
    found: Sweep,
    table: type[Recording] | type[Voicemail],
    job: str,
    files: dict[str, Path],
    now: float,
) -> None:
    name = col(Recording.file_base) if table is Recording else col(Voicemail.file)
    for chunk in _chunks(files):
        query = select(name, table.id, table.state).where(
            name.in_(chunk), table.node == resources.settings.node
        )
        with session(resources.engine, readonly=True) as db:
            rows = {file: (row_id, state) for file, row_id, state in db.exec(query)}
        for file in chunk:
            if file not in rows:
                found.unknown += _is_old(files[file], now)
                continue
            row_id, state = rows[file]
            if state == "failed":
                found.failed += 1
            else:
                enqueue(resources.redis, job, row_id, queue=recordings_queue(resources.settings.node))
                found.enqueued += 1


def _sweep_rows(
    resources: Resources, found: Sweep, table: type[Recording] | type[Voicemail], job: str
) -> None:
    """Rows that wait though no file is found: their job says so on the row, and it isn't forgotten."""
    query = select(table.id).where(table.state == "pending", table.node == resources.settings.node)
    with session(resources.engine, readonly=True) as db:
        waiting = list(db.exec(query))
    for row_id in waiting:
        enqueue(resources.redis, job, row_id, queue=recordings_queue(resources.settings.node))


def _is_old(path: Path, now: float) -> bool:
    try:
        old = now - path.stat().st_mtime > GRACE_SECONDS
    except FileNotFoundError:
        return False
    if old:
        logger.warning(
            "a file that belongs to no call is kept",
            extra={"folder": path.parent.name, "size": path.stat().st_size},
        )
    return old


def _chunks(names: Iterable[str]) -> Iterator[list[str]]:
    iterator = iter(names)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk
