"""Synthesized prompts on a node's disk: `prompts/<digest>.wav`. The least recently used ones are deleted first."""

import contextlib
import logging
import os
import re
import tempfile
import threading
import time
from pathlib import Path

from providers.speech.base import SpeechError
from providers.speech.sound import is_prompt

log = logging.getLogger(__name__)

SOUND = re.compile(r"prompts/([0-9a-f]{16,64})")
IN_USE_SECONDS = 120.0
"""A prompt that was asked for within this time may be playing: it is not deleted."""
_MADE_BY = ".made-by"


class PromptCache:
    """The prompts of one node's folder, at most `limit` bytes. Threads may share it. All methods may raise `OSError`.

    A prompt's modification time is when it was asked for last.
    """

    def __init__(self, folder: Path, limit: int) -> None:
        self.folder = folder
        self._limit = limit
        self._lock = threading.Lock()
        self._size: int | None = None
        self._verified: set[str] = set()

    def prepare(self, made_by: str) -> None:
        """Make the folder. Empty it if another engine made its prompts: callers would still hear the old voice."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for draft in self.folder.glob(".draft-*"):
            draft.unlink(missing_ok=True)  # of an engine that was killed
        note = self.folder / _MADE_BY
        if note.is_file() and note.read_text() == made_by:
            return
        for path in self._prompts():
            path.unlink(missing_ok=True)
        note.write_text(made_by)

    def has(self, sound: str) -> bool:
        """Whether the prompt is there and whole. It counts as used now."""
        path = self.path(sound)
        try:
            if sound not in self._verified and not is_prompt(path.read_bytes()):
                log.warning("a prompt's file is damaged, it is made again", extra={"sound": sound})
                return False
            os.utime(path)
        except FileNotFoundError:
            self._verified.discard(sound)
            return False
        self._verified.add(sound)
        return True

    def store(self, sound: str, data: bytes) -> None:
        """Store the file in one step. Raises `SpeechError` if Asterisk cannot play it."""
        path = self.path(sound)
        if not is_prompt(data):
            raise SpeechError("the synthesizer gave no sound that Asterisk can play")
        descriptor, draft = tempfile.mkstemp(dir=self.folder, prefix=".draft-")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(descriptor)
            os.chmod(draft, 0o640)  # Asterisk is of the folder's group.
            os.replace(draft, path)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(draft)
            raise
        self._verified.add(sound)
        self._make_room(len(data))

    def path(self, sound: str) -> Path:
        """Return the prompt's file. Raises `SpeechError` if the name is not that of a prompt."""
        match = SOUND.fullmatch(sound)
        if match is None:
            raise SpeechError("not a prompt's name")
        return self.folder / f"{match.group(1)}.wav"

    def _make_room(self, added: int) -> None:
        with self._lock:
            self._size = self._measured() if self._size is None else self._size + added
            if self._size <= self._limit:
                return
            self._size = self._measured()
            oldest_kept = time.time() - IN_USE_SECONDS
            for used, size, path in sorted(self._listed()):
                # A tenth is freed at once, so that not every prompt has to look through the folder.
                if self._size <= self._limit * 0.9 or used > oldest_kept:
                    break
                path.unlink(missing_ok=True)
                self._verified.discard(f"prompts/{path.stem}")
                self._size -= size

    def _measured(self) -> int:
        return sum(size for _, size, _ in self._listed())

    def _listed(self) -> list[tuple[float, int, Path]]:
        listed = []
        for path in self._prompts():
            with contextlib.suppress(FileNotFoundError):
                stat = path.stat()
                listed.append((stat.st_mtime, stat.st_size, path))
        return listed

    def _prompts(self) -> list[Path]:
        return list(self.folder.glob("*.wav"))
