"""Carries out the second half of `Listen`: finds which phrase a caller said in what Asterisk has recorded."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pbx.effects.prompts import engine_spool
from providers.speech import Recognizer, SpeechError, make_recognizer
from switchroom.settings import Settings

log = logging.getLogger(__name__)

SECONDS = 5.0
"""How long the caller waits for the recognizer. It usually takes a tenth of the recording's length."""


class Listening:
    """`make` makes the recognizer."""

    def __init__(self, settings: Settings, make: Callable[[Settings], Recognizer] = make_recognizer) -> None:
        self._settings = settings
        self._make = make
        self._recognizer: Recognizer | None = None
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="listening")
        if self.enabled:
            # The model is loaded before a call needs it. An error in it is raised again, and logged, when a call does.
            self._threads.submit(self._ready)

    @property
    def enabled(self) -> bool:
        return self._settings.speech_recognizer != "none"

    async def recognize(self, node: str | None, file: str, phrases: Sequence[str]) -> str:
        """Return the phrase; empty if none was heard or recognition failed, which is logged.

        `file` is relative to the node's spool, and is deleted. Raises nothing, unless cancelled.
        """
        spool = engine_spool(self._settings, node)
        if spool is None:
            log.error("the spool of a node is not reachable: set its engine_spool", extra={"node": node})
            return ""
        work = asyncio.get_running_loop().run_in_executor(
            self._threads, self._recognize, spool / file, tuple(phrases)
        )
        try:
            return await asyncio.wait_for(work, SECONDS)
        except (SpeechError, OSError) as error:
            why = "it takes too long" if isinstance(error, TimeoutError) else str(error)
            log.error("what a caller said cannot be recognized", extra={"why": why})
        except Exception:
            log.exception("unexpected error in speech recognition")
        return ""

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        if self._recognizer is not None:
            self._recognizer.close()

    def _recognize(self, path: Path, phrases: tuple[str, ...]) -> str:
        try:
            return self._ready().recognize(path, phrases)
        finally:
            path.unlink(missing_ok=True)

    def _ready(self) -> Recognizer:
        if self._recognizer is None:
            self._recognizer = self._make(self._settings)
        return self._recognizer
