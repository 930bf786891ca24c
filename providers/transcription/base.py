"""What every engine of transcription takes and gives."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol


class TranscriptionError(Exception):
    """The engine refused, or cannot be used as it is configured."""


class StillRunningError(Exception):
    """The service still works on it: ask again in `seconds`."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"ask again in {seconds} s")
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Line:
    """What one speaker said without a long pause; `start` and `end` are seconds from the beginning."""

    speaker: str
    start: float
    end: float
    text: str


@dataclass(frozen=True)
class Audio:
    """A stored recording or voicemail: one speaker a channel, left first."""

    id: str
    bucket: str
    key: str
    speakers: tuple[str, ...]
    fetch: Callable[[], list[Path]]
    """Downloads it and gives one mono WAV file for each speaker."""


class Transcriber(Protocol):
    """An engine. `transcribe` raises `TranscriptionError`, or `StillRunningError` if the job must ask again."""

    def transcribe(self, audio: Audio) -> list[Line]: ...


def as_transcript(lines: Iterable[Line]) -> dict[str, Any]:
    """Return the JSON for the row: `{"lines": [{speaker, start, end, text}], "text"}`, in the order of speaking."""
    ordered = sorted((line for line in lines if line.text), key=lambda line: (line.start, line.end))
    return {"lines": [asdict(line) for line in ordered], "text": "\n".join(line.text for line in ordered)}
