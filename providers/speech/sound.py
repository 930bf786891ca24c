"""Sounds as Asterisk plays them: WAV, mono, 8 kHz, 16 bits."""

import io
import wave

from providers.speech.base import SpeechError
from switchroom.audio.wav import AudioError, read_at, read_header

RATE = 8000


def as_prompt(data: bytes, rate: int) -> bytes:
    """Make a prompt's WAV file of 16-bit mono samples of this rate. Raises `SpeechError` if there are none."""
    # Imported here: an engine that finds every prompt in its cache never needs it.
    from switchroom.audio.sound import make_sound

    if len(data) < 2:
        raise SpeechError("the engine made no sound")
    sound = make_sound(data, width=2, rate=rate)
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(sound.set_frame_rate(RATE).raw_data)
    return made.getvalue()


def read_samples(data: bytes) -> tuple[bytes, int]:
    """Return the samples and the rate of a mono 16-bit WAV file. Raises `SpeechError` for another."""
    file = io.BytesIO(data)
    try:
        wav = read_header(file)
    except AudioError as error:
        raise SpeechError(f"the engine's sound is no WAV file: {error}") from error
    if (wav.channels, wav.width) != (1, 2):
        raise SpeechError("the engine's WAV file is not mono with 16 bits")
    return read_at(file, wav.data_at, wav.data_bytes), wav.rate


def is_prompt(data: bytes) -> bool:
    """Whether this is a whole WAV file that Asterisk can play."""
    try:
        with wave.open(io.BytesIO(data), "rb") as file:
            form = (file.getnchannels(), file.getsampwidth(), file.getframerate())
            frames = file.getnframes()
            return form == (1, 2, RATE) and 0 < frames == len(file.readframes(frames)) // 2
    except (wave.Error, EOFError):
        return False
