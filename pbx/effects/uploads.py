"""Uploaded prompts and music on the nodes' disks.

S3 has a prompt's WAV files. The engine copies them into each node's spool: ahead, when the prompt becomes ready or the
engine starts, and at the latest when a call is to play it. `uploads/<id>.wav` is for narrow-band phones,
`uploads/<id>.wav16` for wide-band ones; Asterisk chooses. The least recently played ones are deleted first when there
are too many, and are copied again when they are played.

Music is a folder `music/<class>` with links to its sounds, in order. The name of the class holds a digest of its
tracks: changed music is another class. So Asterisk, which asks the api once for a class that it does not know, never
has an old list, needs no reload, and goes on without the api. Music that is not on the node's disk is replaced by
`default`.
"""

import asyncio
import json
import logging
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from pbx.configuration.uploads import Music, Uploaded
from pbx.effects.prompts import engine_spool
from pbx.metrics import Metrics
from pbx.ports import AsteriskCommand
from routing.commands import JoinConference, OfferCall, Play, StartMusic
from routing.expressions.prompts import upload_named
from switchroom.settings import Settings

if TYPE_CHECKING:
    from switchroom.storage import Storage

log = logging.getLogger(__name__)

T = TypeVar("T")

SECONDS = 6.0
"""How long a caller waits in silence for a sound that is not on the disk yet, at the most."""
THREADS = 4
ENDINGS = {8000: "wav", 16000: "wav16"}
"""Rate -> the ending by which Asterisk knows a WAV file of this rate."""
DEFAULT = "default"
"""The class of Asterisk's own music."""
IN_USE_SECONDS = 3600.0
"""A sound that was asked for within this time may be playing: it is not deleted."""
OLD_MUSIC_SECONDS = 86400.0
"""How long the folder of music that was changed stays: a caller may be on hold with it."""
RETRY_SECONDS = 60.0
_ID = re.compile(r"[0-9a-f]{32}")


def class_of(id: str, music: Music) -> str:
    """Return the name of the class of music on hold: `<id>-<digest>`, and an `r` behind it for random order."""
    digest = blake2b(json.dumps(music.tracks).encode(), digest_size=4).hexdigest()
    return f"{id}-{digest}{'r' if music.shuffle else ''}"


def needs_upload(command: AsteriskCommand) -> bool:
    """Return whether a command plays an uploaded prompt."""
    return isinstance(command, Play) and any(upload_named(sound) for sound in command.sounds)


class Uploads:
    """`read` reads the prompts of all teams from the database; it blocks. `storage` makes the client of S3."""

    def __init__(
        self,
        settings: Settings,
        metrics: Metrics,
        read: Callable[[], Uploaded],
        storage: "Callable[[Settings], Storage] | None" = None,
    ) -> None:
        self._settings, self._metrics, self._read = settings, metrics, read
        self._make = storage or _storage
        self._storage: Storage | None = None
        self._known = Uploaded()
        self._changed = asyncio.Event()
        self._changed.set()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="uploads")
        self._bringing: dict[tuple[str, str], asyncio.Future[None]] = {}

    def changed(self) -> None:
        """Read the prompts again, and copy what is new."""
        self._changed.set()

    async def run(self) -> None:
        """Keep the nodes' disks up to date, for ever. What fails is tried again."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            try:
                self._known = await self._work(self._read)
                await self._copy_ahead(self._known)
            except Exception as error:
                log.warning("uploaded prompts are not copied to the nodes", extra={"why": _why(error)})
                await asyncio.sleep(RETRY_SECONDS)
                self._changed.set()

    async def ensure(self, node: str | None, sounds: Iterable[str]) -> None:
        """Wait until the uploads among these sounds are on the node's disk, or cannot be brought there: see the log."""
        wanted = {id for sound in sounds if (id := upload_named(sound))}
        if node is None or not wanted:
            return
        done = await asyncio.gather(*(self._brought(node, id) for id in wanted), return_exceptions=True)
        for error in done:
            if isinstance(error, Exception):
                self._metrics.errors.labels("prompt").inc()
                log.error("an uploaded prompt cannot be played: it is left out", extra={"why": _why(error)})

    def adapted(self, command: AsteriskCommand, node: str | None) -> AsteriskCommand:
        """Return the command as its node can carry it out: without sounds that are not there, with its own music."""
        match command:
            case Play() if needs_upload(command):
                return replace(command, sounds=self._playable(command.sounds, node))
            case StartMusic() | JoinConference():
                return replace(command, music=self._class(command.music, node))
            case OfferCall():
                music = self._class(command.music, node)
                return replace(command, music=music, whisper=self._playable(command.whisper, node))
        return command

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _playable(self, sounds: tuple[str, ...], node: str | None) -> tuple[str, ...]:
        spool = engine_spool(self._settings, node)
        return tuple(
            sound
            for sound in sounds
            if (id := upload_named(sound)) is None or (spool is not None and _has(spool, id))
        )

    def _class(self, music: str, node: str | None) -> str:
        """Return the class that Asterisk is to play: music that is not on the node's disk is `default` this time."""
        if not _ID.fullmatch(music):
            return music
        spool, known = engine_spool(self._settings, node), self._known.music.get(music)
        if spool is not None and known is not None:
            name = class_of(music, known)
            if (spool / "music" / name).is_dir():
                return name
        self._metrics.errors.labels("music").inc()
        log.error("music is not on the node: the default is played", extra={"node": node, "music": music})
        return DEFAULT

    async def _copy_ahead(self, known: Uploaded) -> None:
        """Copy every sound and make every music, on each node that this process reaches, while there is room."""
        failed: Exception | None = None
        for node in self._settings.nodes:
            spool = engine_spool(self._settings, node.name)
            if spool is None or not spool.is_dir():
                continue
            needed = dict.fromkeys(
                track
                for id, music in known.music.items()
                if not (spool / "music" / class_of(id, music)).is_dir()
                for track in music.tracks
            )
            for id in (*needed, *known.sounds):
                if id not in needed and await self._work(partial(self._is_full, spool)):
                    break
                try:
                    await self._brought(node.name, id)
                except Exception as error:
                    failed = error
            for name, music in known.music.items():
                try:
                    await self._work(partial(_make_music, spool, name, music))
                except OSError as error:
                    failed = error
        if failed is not None:
            raise failed

    async def _brought(self, node: str, id: str) -> None:
        """Bring a sound to the node once, however many calls want it. Raises what prevents it."""
        spool = engine_spool(self._settings, node)
        if spool is None:
            raise OSError(f"the spool of the node {node!r} is not reachable: set its engine_spool")
        if _has(spool, id):
            return
        key = (node, id)
        bringing = self._bringing.get(key)
        if bringing is None:
            loop = asyncio.get_running_loop()
            bringing = loop.run_in_executor(self._threads, self._bring, spool, id)
            self._bringing[key] = bringing
            bringing.add_done_callback(lambda done: self._is_brought(key, done))
        async with asyncio.timeout(SECONDS):
            # When one caller hangs up, the others still wait for it.
            await asyncio.shield(bringing)

    def _is_brought(self, key: tuple[str, str], done: "asyncio.Future[None]") -> None:
        del self._bringing[key]
        if not done.cancelled():
            done.exception()  # Read here, so that asyncio does not log it when no caller waits any more.

    def _bring(self, spool: Path, id: str) -> None:
        """Copy the files of a sound from S3, the one last by which `_has` knows that it is there."""
        from models.uploaded_prompt import sound_key

        if self._storage is None:
            self._storage = self._make(self._settings)
        folder = spool / "uploads"
        folder.mkdir(exist_ok=True)
        for rate in sorted(ENDINGS, reverse=True):
            descriptor, draft = tempfile.mkstemp(dir=folder, prefix=".draft-")
            os.close(descriptor)
            try:
                self._storage.get_file(sound_key(id, rate), Path(draft))
                os.chmod(draft, 0o640)  # Asterisk is of the folder's group.
                os.replace(draft, folder / f"{id}.{ENDINGS[rate]}")
            except BaseException:
                Path(draft).unlink(missing_ok=True)
                raise
        if self._is_full(spool):
            _make_room(folder, self._most_bytes * 0.9)

    @property
    def _most_bytes(self) -> int:
        return self._settings.upload_cache_mb * 1_000_000

    def _is_full(self, spool: Path) -> bool:
        return sum(size for _, size, _ in _listed(spool / "uploads")) > self._most_bytes

    async def _work(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


def _storage(settings: Settings) -> "Storage":
    # Imported here: an engine without uploads never needs the client of S3.
    from switchroom.storage import Storage

    return Storage(settings)


def _has(spool: Path, id: str) -> bool:
    """Whether the sound is there. It counts as used now."""
    try:
        os.utime(spool / "uploads" / f"{id}.wav")
    except OSError:
        return False
    return True


def _make_music(spool: Path, id: str, music: Music) -> None:
    """Make the folder of a class in one step, and delete those of the same music that are old. Raises `OSError`."""
    folder, name = spool / "music", class_of(id, music)
    folder.mkdir(exist_ok=True)
    if not (folder / name).is_dir():
        with tempfile.TemporaryDirectory(dir=folder, prefix=".draft-") as draft:
            made = Path(draft) / name
            made.mkdir()
            made.chmod(0o2750)  # Asterisk is of the folder's group.
            for number, track in enumerate(music.tracks):
                for ending in ENDINGS.values():
                    os.link(spool / "uploads" / f"{track}.{ending}", made / f"{number:03d}.{ending}")
            made.rename(folder / name)
    for other in folder.glob(f"{id}-*"):
        if other.name != name and other.stat().st_mtime < time.time() - OLD_MUSIC_SECONDS:
            shutil.rmtree(other, ignore_errors=True)


def _make_room(folder: Path, limit: float) -> None:
    """Delete the least recently played sounds until they are small enough."""
    listed = sorted(_listed(folder))
    size, oldest_kept = sum(one for _, one, _ in listed), time.time() - IN_USE_SECONDS
    for used, one, path in listed:
        if size <= limit or used > oldest_kept:
            break
        path.unlink(missing_ok=True)
        size -= one


def _listed(folder: Path) -> list[tuple[float, int, Path]]:
    """Return the files with the time of their last use and their bytes. A sound's files have the same time."""
    found = {path: path.stat() for path in folder.glob("*.wav*")} if folder.is_dir() else {}
    used = {path.stem: stat.st_mtime for path, stat in found.items() if path.suffix == ".wav"}
    return [(used.get(path.stem, stat.st_mtime), stat.st_size, path) for path, stat in found.items()]


def _why(error: Exception) -> str:
    return (
        "it takes too long" if isinstance(error, TimeoutError) else f"{type(error).__name__}: {error}"[:300]
    )
