"""faster-whisper (CTranslate2). It gets each speaker's channel alone, so that every line has its speaker."""

from functools import lru_cache
from typing import Any

from providers.transcription.base import Audio, Line, TranscriptionError


class FasterWhisper:
    """`model`: a model's name or the folder it lies in. Loaded at the first use and kept by the process."""

    def __init__(self, model: str) -> None:
        if not model:
            raise TranscriptionError("SWITCHROOM_WHISPER_MODEL is not set: a model's name or its folder")
        self._model = model

    def transcribe(self, audio: Audio) -> list[Line]:
        model = load_model(self._model)
        lines = []
        for speaker, path in zip(audio.speakers, audio.fetch(), strict=True):
            # The filter drops silence: a channel is silent most of the time, and Whisper invents words for silence.
            segments, _ = model.transcribe(str(path), vad_filter=True, condition_on_previous_text=False)
            lines += [Line(speaker, float(s.start), float(s.end), s.text.strip()) for s in segments]
        return lines


@lru_cache(maxsize=1)
def load_model(name: str) -> Any:
    """The loaded model. Raises `TranscriptionError` if the package or the model is missing."""
    try:
        from faster_whisper import WhisperModel
    except ImportError as error:
        raise TranscriptionError(
            "faster-whisper is not installed: pip install 'switchroom[whisper]'"
        ) from error
    try:
        return WhisperModel(name, compute_type="int8")
    except (RuntimeError, ValueError, OSError) as error:
        raise TranscriptionError(f"the model {name!r} cannot be loaded: {error}") from error
