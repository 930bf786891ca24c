"""What every engine of transcription takes and gives."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

PAUSE_SECONDS = 1.0
"""A longer silence between two words ends a line."""
SENTENCE_ENDS = (".", "?", "!")


class TranscriptionError(Exception):
    """The engine refused, or cannot be used as it is configured."""


class UnknownLanguageError(TranscriptionError):
    """The engine does not know the call's language. To ask again is of no use."""


class StillRunningError(Exception):
    """The service still works on it: ask again in `seconds`."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"ask again in {seconds} s")
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Word:
    """A word with its punctuation; `start` and `end` are seconds from the beginning of the audio."""

    text: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Line:
    """What one speaker said without a long pause; `start` and `end` are seconds from the beginning of the audio."""

    speaker: str
    start: float
    end: float
    text: str
    words: tuple[Word, ...] = ()
    """Empty if the engine does not tell the times of words."""
    unsure: bool = False
    """Whether the engine itself doubts that this was said."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a transcript, from second `start` of the audio to `end` (None: to the audio's end)."""

    lines: list[Line]
    start: float = 0.0
    end: float | None = None


@dataclass(frozen=True)
class Audio:
    """A stored recording or voicemail: one speaker a channel, left first."""

    id: str
    bucket: str
    key: str
    speakers: tuple[str, ...]
    fetch: Callable[[], list[Path]]
    """Downloads it, when it is called first, and returns one mono WAV file for each speaker."""
    language: str = ""
    """`en`, `de`, `fr-ca`; empty: not known."""


class Transcriber(Protocol):
    """An engine of transcription."""

    def transcribe(self, audio: Audio, start: float = 0.0) -> Piece:
        """Transcribe a piece of the audio that begins at `start`; or the whole audio, from its beginning.

        Raises `TranscriptionError`, or `StillRunningError` if the job must ask again.
        """
        ...


def as_line(speaker: str, words: Iterable[Word], *, unsure: bool = False) -> Line:
    """Make a line of these words; there must be one at least."""
    said = tuple(words)
    text = " ".join(word.text for word in said)
    return Line(speaker, said[0].start, said[-1].end, text, said, unsure)


class Timed(Protocol):
    """What begins and ends at a time."""

    @property
    def start(self) -> float: ...
    @property
    def end(self) -> float: ...


Spoken = TypeVar("Spoken", bound=Timed)


def split_lines(words: Iterable[Spoken], text_of: Callable[[Spoken], str]) -> list[list[Spoken]]:
    """Split the words at the ends of sentences, and where the speaker paused longer than `PAUSE_SECONDS`."""
    lines: list[list[Spoken]] = []
    for word in words:
        before = lines[-1][-1] if lines else None
        if (
            before is None
            or text_of(before).endswith(SENTENCE_ENDS)
            or word.start - before.end > PAUSE_SECONDS
        ):
            lines.append([])
        lines[-1].append(word)
    return lines


def as_transcript(lines: Iterable[Line]) -> dict[str, Any]:
    """Return the JSON for the row, in the order of speaking: `{"lines": [...], "text"}`.

    A line is `{speaker, start, end, text, words: [{text, start, end}], unsure}`.
    """
    return join_lines(
        [{**asdict(line), "words": [asdict(word) for word in line.words]} for line in lines if line.text]
    )


def join_lines(lines: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the JSON for the row from lines that are JSON already."""
    ordered = sorted(lines, key=lambda line: (line["start"], line["end"]))
    return {"lines": ordered, "text": "\n".join(line["text"] for line in ordered)}
