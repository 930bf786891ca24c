"""Makes prompts on the nodes' disks, in threads. A text that several calls want at the same time is made once."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock

from providers.speech import PromptCache, SpeechError, Synthesizer, make_synthesizer
from routing.commands import Prompt
from switchroom.settings import Settings

log = logging.getLogger(__name__)

SECONDS = 6.0
"""How long a caller waits in silence for a text, at the most."""
THREADS = 4


def engine_spool(settings: Settings, node: str | None) -> Path | None:
    """Return the node's spool folder as this process reaches it; None if it cannot."""
    for known in settings.nodes:
        if known.name == node:
            if known.engine_spool:
                return Path(known.engine_spool)
            return settings.spool_dir if known.name == settings.node else None
    return None


class Prompts:
    """`make` makes the synthesizer, when the first text is to be spoken."""

    def __init__(
        self, settings: Settings, make: Callable[[Settings], Synthesizer] = make_synthesizer
    ) -> None:
        self._settings = settings
        self._make = make
        self._synthesizer: Synthesizer | None = None
        self._caches: dict[str, PromptCache] = {}
        self._lock = Lock()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="speech")
        self._ahead = asyncio.Lock()
        self._making: dict[tuple[str, str], asyncio.Future[None]] = {}

    async def ensure(self, node: str | None, prompts: tuple[Prompt, ...]) -> None:
        """Wait until all prompts are on the node's disk. Raises `SpeechError`, `OSError` or `TimeoutError`."""
        spool = engine_spool(self._settings, node)
        if node is None or spool is None:
            raise SpeechError(f"the spool of the node {node!r} is not reachable: set its engine_spool")
        async with asyncio.timeout(SECONDS):
            await asyncio.gather(*(self._one(node, spool, prompt) for prompt in dict.fromkeys(prompts)))

    async def speak_ahead(self, prompts: Iterable[Prompt]) -> None:
        """Bring prompts to every node that this process reaches, one after the other: no caller waits for them yet.

        A text that cannot be spoken is logged. It is tried again when a caller is to hear it.
        """
        wanted = list(dict.fromkeys(prompts))
        async with self._ahead:
            for node in self._settings.nodes:
                spool = engine_spool(self._settings, node.name)
                if spool is None:
                    continue
                for prompt in wanted:
                    try:
                        await self._one(node.name, spool, prompt)
                    except (SpeechError, OSError) as error:
                        log.warning("a text cannot be spoken", extra={"node": node.name, "why": str(error)})

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _one(self, node: str, spool: Path, prompt: Prompt) -> None:
        key = (node, prompt.sound)
        making = self._making.get(key)
        if making is None:
            loop = asyncio.get_running_loop()
            making = loop.run_in_executor(self._threads, self._bring, node, spool, prompt)
            self._making[key] = making
            making.add_done_callback(lambda done: self._made(key, done))
        # When one caller hangs up, the others still wait for the prompt.
        await asyncio.shield(making)

    def _made(self, key: tuple[str, str], done: asyncio.Future[None]) -> None:
        del self._making[key]
        if not done.cancelled():
            done.exception()  # Read here, so that asyncio does not log it when no caller waits any more.

    def _bring(self, node: str, spool: Path, prompt: Prompt) -> None:
        cache = self._cache(node, spool)
        if not cache.has(prompt.sound):
            spoken = self._speaker().synthesize(prompt.text, prompt.language, prompt.voice)
            cache.store(prompt.sound, spoken)

    def _cache(self, node: str, spool: Path) -> PromptCache:
        with self._lock:
            cache = self._caches.get(node)
            if cache is None:
                settings = self._settings
                if not spool.is_dir():
                    raise SpeechError(f"the spool of the node {node!r} is not there")
                cache = PromptCache(spool / "prompts", settings.prompt_cache_mb * 1_000_000)
                cache.prepare(f"{settings.synthesizer} {settings.polly_engine}")
                self._caches[node] = cache
            return cache

    def _speaker(self) -> Synthesizer:
        with self._lock:
            if self._synthesizer is None:
                self._synthesizer = self._make(self._settings)
            return self._synthesizer
