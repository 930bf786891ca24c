"""The sweep of a node's disk: enqueue again what a crash left there.

A file that belongs to no call is kept and logged.
"""

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
"""A call may last this long. Files that are older and have no row are unknown."""
UTTERANCE_SECONDS = 3600
"""A caller's words are recognized within seconds. An older recording of them was left over."""
GREETING_SECONDS = 3 * 86400
"""A greeting that is to be stored waits for its job at most so long (`workers.enqueue`)."""
CHUNK = 500
_LEG = re.compile(r"(.+)\.(?:agent|caller)\.wav")


class WrongNodeError(Exception):
    """The job names a node whose disk this worker does not have."""


@dataclass
class Sweep:
    """What a sweep found. `unknown` files are old, belong to no row, and are kept; `failed` ones wait for a retry;
    `utterances` were left over and are deleted.
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
    """Enqueue the storing of every known file on the disk, and of every row that still waits.

    A job that waits or runs already is not enqueued twice. `now`: POSIX seconds.
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
    found.utterances = _delete_old(spool / "speech", now, UTTERANCE_SECONDS)
    found.utterances += _delete_old(spool / "messages", now, UTTERANCE_SECONDS)
    found.utterances += _delete_old(spool / "greetings", now, GREETING_SECONDS)
    return found


def _delete_old(folder: Path, now: float, seconds: float) -> int:
    """Delete what was left over: the words of callers who hung up, or pressed a digit, while they spoke; messages
    that were heard by phone; greetings that were recorded and not taken. Returns how many."""
    deleted = 0
    for path in folder.glob("*.wav"):
        try:
            if now - path.stat().st_mtime > seconds:
                path.unlink()
                deleted += 1
        except FileNotFoundError:
            continue
        except OSError as error:
            logger.error("a file that was left over cannot be deleted", extra={"error": type(error).__name__})
    return deleted


def _bases(spool: Path, paths: Iterable[Path]) -> dict[str, Path]:
    """Return the recordings' file bases, each with one of its files."""
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
    """Enqueue the rows that wait though no file was found: the job writes that on the row."""
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
