"""Sounds as Asterisk plays them: WAV, mono, 8 kHz, 16 bits."""

import io
import wave
from typing import Any

from providers.speech.base import SpeechError

RATE = 8000


def segment(data: bytes, *, width: int, rate: int, channels: int = 1) -> Any:
    """Raw samples as a `pydub.AudioSegment`; half a frame at the end is left out."""
    # Here and not above: an engine that finds every prompt in its cache never needs it.
    from switchroom.audio.segment import AudioSegment

    frame = width * channels
    whole = data[: len(data) // frame * frame]
    return AudioSegment(whole, sample_width=width, frame_rate=rate, channels=channels)


def as_prompt(data: bytes, rate: int) -> bytes:
    """16-bit mono samples of this rate as a prompt's WAV file. Raises `SpeechError` if there are none."""
    if len(data) < 2:
        raise SpeechError("the engine made no sound")
    sound = segment(data, width=2, rate=rate)
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(sound.set_frame_rate(RATE).raw_data)
    return made.getvalue()


def read_wav(data: bytes) -> tuple[bytes, int]:
    """The samples and the rate of a mono 16-bit WAV file. Raises `SpeechError` for another.

    The length that the header tells is not relied on: espeak-ng writes its header before it knows it.
    """
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise SpeechError("the engine gave no WAV file")
    at, rate = 12, 0
    while at + 8 <= len(data):
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        body = data[at + 8 :]
        if name == b"fmt ":
            kind, channels = int.from_bytes(body[:2], "little"), int.from_bytes(body[2:4], "little")
            rate = int.from_bytes(body[4:8], "little")
            if (kind, channels, int.from_bytes(body[14:16], "little")) != (1, 1, 16) or not rate:
                raise SpeechError("the engine's WAV file is not mono with 16 bits")
        elif name == b"data":
            if not rate:
                break
            return body[:size], rate
        at += 8 + size + size % 2
    raise SpeechError("the engine's WAV file has no sound")


def is_prompt(data: bytes) -> bool:
    """Whether this is a whole WAV file that Asterisk can play."""
    try:
        with wave.open(io.BytesIO(data), "rb") as file:
            form = (file.getnchannels(), file.getsampwidth(), file.getframerate())
            frames = file.getnframes()
            return form == (1, 2, RATE) and 0 < frames == len(file.readframes(frames)) // 2
    except (wave.Error, EOFError):
        return False
