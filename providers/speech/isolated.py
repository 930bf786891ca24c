"""An engine of speech in a process of its own: if it crashes, this process lives on; if it hangs, it is killed."""

import multiprocessing
import signal
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from threading import Lock
from typing import Any

from providers.speech.base import SpeechError

SECONDS = 4.0
"""Longest time for one utterance (a tenth of its length is usual), or for one text."""
START_SECONDS = 20.0
"""Longest time for the start of the process and the loading of its model, on a busy machine."""


class Isolated:
    """`make` (a module's function or class) makes the engine in the child. The child is started at once, and
    again when it died; it ends with this process. Threads may share it; they take turns.
    """

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make
        self._turn = Lock()
        self._child: tuple[BaseProcess, Connection] | None = None
        self._ready = False
        self._start()

    def call(self, method: str, *arguments: object) -> Any:
        """Call a method of the engine in the child. Raises `SpeechError`."""
        with self._turn:
            _, pipe = self._child or self._start()
            try:
                self._await_ready(pipe)
                pipe.send((method, arguments))
                return self._answer(pipe, SECONDS)
            except (OSError, EOFError) as error:
                self._end()
                raise SpeechError("the process of speech ended") from error

    def close(self) -> None:
        """End the child at once. A call that runs just now raises `SpeechError`."""
        self._end()

    def _start(self) -> tuple[BaseProcess, Connection]:
        # A fork would copy the locks of other threads and the sockets to Asterisk into the child.
        context = multiprocessing.get_context("spawn")
        pipe, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs, self._make), daemon=True, name="speech")
        process.start()
        theirs.close()
        self._child, self._ready = (process, pipe), False
        return self._child

    def _await_ready(self, pipe: Connection) -> None:
        if self._ready:
            return
        try:
            self._answer(pipe, START_SECONDS)
        except SpeechError:
            self._end()
            raise
        self._ready = True

    def _answer(self, pipe: Connection, seconds: float) -> Any:
        if not pipe.poll(seconds):
            self._end()
            raise SpeechError(f"the process of speech took longer than {seconds:.0f} s")
        answer, error = pipe.recv()
        if error is not None:
            raise SpeechError(error)
        return answer

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            process, pipe = child
            process.kill()
            process.join(1)
            pipe.close()


class IsolatedRecognizer(Isolated):
    """A `Recognizer` in a process of its own."""

    def recognize(self, path: Path, phrases: Sequence[str]) -> str:
        """See `providers.speech.Recognizer`."""
        return str(self.call("recognize", path, tuple(phrases)))


class IsolatedSynthesizer(Isolated):
    """A `Synthesizer` in a process of its own."""

    def synthesize(self, text: str, language: str, voice: str = "") -> bytes:
        """See `providers.speech.Synthesizer`."""
        return bytes(self.call("synthesize", text, language, voice))


def _serve(pipe: Connection, make: Callable[[], Any]) -> None:
    """Run the child until the pipe ends. Each answer is `(value, None)` or `(None, error)`; the first says: ready."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches every process of a terminal.
    try:
        engine = make()
    except SpeechError as error:
        pipe.send((None, str(error)))
        return
    pipe.send((None, None))
    while True:
        try:
            method, arguments = pipe.recv()
        except EOFError:
            return
        try:
            pipe.send((getattr(engine, method)(*arguments), None))
        except (SpeechError, OSError) as error:
            pipe.send((None, str(error)))
