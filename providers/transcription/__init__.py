"""Transcription: one protocol, and an adapter for each engine, chosen by `SWITCHROOM_TRANSCRIBER`."""

from workers.transcription.base import (
    Audio,
    Line,
    StillRunningError,
    Transcriber,
    TranscriptionError,
    as_transcript,
)
from workers.transcription.choose import make_transcriber

__all__ = [
    "Audio",
    "Line",
    "StillRunningError",
    "Transcriber",
    "TranscriptionError",
    "as_transcript",
    "make_transcriber",
]
