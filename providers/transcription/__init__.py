"""Transcription: one protocol, and an adapter for each engine, chosen by `SWITCHROOM_TRANSCRIBER`."""

from providers.transcription.base import (
    Audio,
    Line,
    StillRunningError,
    Transcriber,
    TranscriptionError,
    as_transcript,
)
from providers.transcription.choose import make_transcriber

__all__ = [
    "Audio",
    "Line",
    "StillRunningError",
    "Transcriber",
    "TranscriptionError",
    "as_transcript",
    "make_transcriber",
]
