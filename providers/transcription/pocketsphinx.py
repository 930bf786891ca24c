"""PocketSphinx with a JSGF grammar: for closed vocabularies (digits, yes and no), offline, with its own model."""

from pathlib import Path
from typing import Any

from providers.transcription.base import Audio, Line, Piece, TranscriptionError
from switchroom.audio.sound import read_sound

RATE = 16000
"""What the acoustic model that comes with the package was trained on."""
PIECE_SECONDS = 0.2
SILENCE_END_SECONDS = 0.6
QUIET_DBFS = -45.0
MARGIN_PIECES = 2


class PocketSphinx:
    """Each stretch of speech is decoded by itself, so that one utterance is one line."""

    def __init__(self, grammar: Path | None) -> None:
        if grammar is None or not grammar.is_file():
            raise TranscriptionError("SWITCHROOM_POCKETSPHINX_GRAMMAR is no file: a JSGF grammar")
        try:
            from pocketsphinx import Decoder
        except ImportError as error:
            raise TranscriptionError(
                "pocketsphinx is not installed: pip install 'switchroom[pocketsphinx]'"
            ) from error
        try:
            self._decoder: Any = Decoder(jsgf=str(grammar), samprate=RATE, loglevel="FATAL")
        except (RuntimeError, ValueError) as error:
            raise TranscriptionError(f"the grammar {grammar.name} cannot be used: {error}") from error

    def transcribe(self, audio: Audio, start: float = 0.0) -> Piece:
        """See `providers.transcription.Transcriber`."""
        lines = []
        for speaker, path in zip(audio.speakers, audio.fetch(), strict=True):
            sound = read_sound(path, RATE)
            for start, end in speech(sound):
                text = self._decode(sound[start * 1000 : end * 1000].raw_data)
                lines += [Line(speaker, round(start, 2), round(end, 2), text)] if text else []
        return Piece(lines)

    def _decode(self, data: bytes) -> str:
        self._decoder.start_utt()
        self._decoder.process_raw(data, full_utt=True)
        self._decoder.end_utt()
        found = self._decoder.hyp()
        return str(found.hypstr).strip() if found is not None else ""


def speech(sound: Any) -> list[tuple[float, float]]:
    """Find the parts with speech: (start, end) in seconds, each with a little of the silence around it."""
    stretches: list[tuple[float, float]] = []
    length = len(sound) / 1000
    at = 0.0
    while at < length:
        piece = sound[at * 1000 : (at + PIECE_SECONDS) * 1000]
        if piece.dBFS > QUIET_DBFS:
            margin = MARGIN_PIECES * PIECE_SECONDS
            start, end = max(0.0, at - margin), min(length, at + PIECE_SECONDS + margin)
            if stretches and start - stretches[-1][1] < SILENCE_END_SECONDS - margin:
                stretches[-1] = (stretches[-1][0], end)
            else:
                stretches.append((start, end))
        at += PIECE_SECONDS
    return stretches
