"""Transcription: one protocol, and an adapter for each engine, chosen by `SWITCHROOM_TRANSCRIBER`."""

from providers.transcription.base import (
    Audio,
    Line,
    Piece,
    StillRunningError,
    Transcriber,
    TranscriptionError,
    UnknownLanguageError,
    Word,
    as_transcript,
    join_lines,
)
from providers.transcription.choose import make_transcriber

__all__ = [
    "Audio",
    "Line",
    "Piece",
    "StillRunningError",
    "Transcriber",
    "TranscriptionError",
    "UnknownLanguageError",
    "Word",
    "as_transcript",
    "join_lines",
    "make_transcriber",
]
