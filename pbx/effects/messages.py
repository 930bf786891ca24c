"""The audio of voicemails on the nodes' disks, for as long as a caller hears it.

`messages/<id>.wav` in the node's spool is fetched from S3 when a call is to play it, or linked to what was recorded if
that is not on S3 yet. It goes when the call that asked for it last is over, so nothing that was deleted stays there. An
engine that dies leaves files behind; the next one removes them, at the latest when they are an hour old.
"""

import asyncio
import logging
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from pbx.configuration.mailboxes import Place
from pbx.effects.prompts import engine_spool
from pbx.metrics import Metrics
from pbx.ports import AsteriskCommand
from routing.commands import Play
from routing.ids import CallId
from switchroom.settings import Settings

if TYPE_CHECKING:
    from switchroom.storage import Storage

log = logging.getLogger(__name__)

SECONDS = 6.0
"""How long a caller waits in silence for a message, at the most."""
THREADS = 4
OLD_SECONDS = 3600.0
FOLDER = "messages"
_SOUND = re.compile(rf"{FOLDER}/([0-9a-f]{{32}})")


def needs_message(command: AsteriskCommand) -> bool:
    """Return whether a command plays a voicemail."""
    return isinstance(command, Play) and any(_SOUND.fullmatch(sound) for sound in command.sounds)


class Messages:
    """`place_of` reads where the audio of a voicemail is; it blocks. `storage` makes the client of S3."""

    def __init__(
        self,
        settings: Settings,
        metrics: Metrics,
        place_of: Callable[[str], Place | None],
        storage: "Callable[[Settings], Storage] | None" = None,
    ) -> None:
        self._settings, self._metrics, self._place_of = settings, metrics, place_of
        self._make = storage or _storage
        self._storage: Storage | None = None
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="messages")
        self._used: dict[Path, set[CallId]] = {}

    async def ensure(self, node: str | None, call: CallId, sounds: Iterable[str]) -> None:
        """Wait until the voicemails among these sounds are on the node's disk, or cannot be brought: see the log."""
        spool = engine_spool(self._settings, node)
        for sound in sounds:
            found = _SOUND.fullmatch(sound)
            if found is None or spool is None:
                continue
            path = spool / f"{sound}.wav"
            self._used.setdefault(path, set()).add(call)
            if path.exists():
                continue
            work = asyncio.get_running_loop().run_in_executor(self._threads, self._bring, spool, found[1])
            try:
                await asyncio.wait_for(work, SECONDS)
            except Exception as error:
                self._metrics.errors.labels("message").inc()
                log.error(
                    "a voicemail cannot be played", extra={"why": f"{type(error).__name__}: {error}"[:300]}
                )

    def playable(self, command: Play, node: str | None) -> tuple[str, ...]:
        """Return the command's sounds without the voicemails that are not on the node."""
        spool = engine_spool(self._settings, node)
        return tuple(
            sound
            for sound in command.sounds
            if not _SOUND.fullmatch(sound) or (spool is not None and (spool / f"{sound}.wav").exists())
        )

    def forget(self, call: CallId) -> None:
        """Remove what only this call has played: it is over."""
        for path, calls in list(self._used.items()):
            calls.discard(call)
            if not calls:
                del self._used[path]
                path.unlink(missing_ok=True)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _bring(self, spool: Path, id: str) -> None:
        """Put the audio on the disk. Raises what prevents it."""
        folder = spool / FOLDER
        folder.mkdir(exist_ok=True)
        _remove_old(folder)
        place = self._place_of(id)
        if place is None:
            raise FileNotFoundError("it was deleted")
        descriptor, draft = tempfile.mkstemp(dir=folder, prefix=".draft-")
        os.close(descriptor)
        try:
            self._copy(place, Path(draft))
            os.chmod(draft, 0o640)  # Asterisk is of the folder's group.
            os.replace(draft, folder / f"{id}.wav")
        except BaseException:
            Path(draft).unlink(missing_ok=True)
            raise

    def _copy(self, place: Place, to: Path) -> None:
        if place.s3_key is not None:
            if self._storage is None:
                self._storage = self._make(self._settings)
            self._storage.get_file(place.s3_key, to)
            return
        recorded = engine_spool(self._settings, place.node)
        if recorded is None:
            raise FileNotFoundError(f"it lies on the node {place.node!r}, and is not on S3 yet")
        shutil.copyfile(recorded / place.file, to)


def _storage(settings: Settings) -> "Storage":
    # Imported here: an engine whose callers hear no messages never needs the client of S3.
    from switchroom.storage import Storage

    return Storage(settings)


def _remove_old(folder: Path) -> None:
    limit = time.time() - OLD_SECONDS
    for path in folder.iterdir():
        try:
            if path.stat().st_mtime < limit:
                path.unlink()
        except FileNotFoundError:
            continue
