"""faster-whisper (CTranslate2). It gets each speaker's channel alone, so that every line has its speaker.

The audio is transcribed in pieces of two minutes, so that an hour costs no more memory than two minutes, and so that
the job can stop between two pieces. A piece ends where both speakers are quietest.

Whisper was trained on videos. For silence, noise and music it invents words ("Thank you for watching"). Three gates
keep them out. The voice detector (Silero) passes only speech on. A segment that Whisper itself takes for no speech, or
that repeats itself, is dropped. A line of improbable words is kept and marked as unsure.
"""

import io
import logging
import os
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from providers.transcription.base import (
    Audio,
    Line,
    Piece,
    TranscriptionError,
    UnknownLanguageError,
    Word,
    as_line,
    split_lines,
)
from providers.transcription.packaged import packaged_folders, read_parts
from switchroom.audio.sound import Sound, read_frames
from switchroom.audio.wav import read_header, read_wav

if TYPE_CHECKING:
    from faster_whisper import WhisperModel

PIECE_SECONDS = 120.0
CUT_SECONDS = 15.0
"""A piece may be this much shorter, to end in a pause."""
FRAME_SECONDS = 0.05
PAUSE_FRAMES = 8
"""The cut is in the middle of the quietest 0.4 seconds."""

NO_SPEECH = 0.8
"""Whisper's own probability that a segment is no speech, from which it is dropped."""
REPETITION = 2.4
"""How far zlib can shrink a segment's text: more is the same words again and again. The limit is OpenAI's."""
UNSURE = 0.5
"""A line whose words are less probable than this, on average, is marked as unsure."""


class FasterWhisper:
    """Make a transcriber. The model is loaded at the first use and kept by the process.

    `model`: a packaged model, a folder, or a name of the package's list, which is then fetched into `folder`.
    `threads`: how many processors it may use; 0: half of them.
    """

    def __init__(self, model: str, folder: Path, threads: int = 0) -> None:
        if not model:
            raise TranscriptionError("SWITCHROOM_WHISPER_MODEL is not set: a model's name or its folder")
        self._model, self._folder = model, folder
        self.threads = threads or max(1, (os.cpu_count() or 1) // 2)

    def transcribe(self, audio: Audio, start: float = 0.0) -> Piece:
        """See `providers.transcription.Transcriber`."""
        model = load_model(self._model, self._folder, self.threads)
        language = self._language(model, audio.language)
        files = audio.fetch()
        end = find_cut(files, start)
        lines = []
        for speaker, path in zip(audio.speakers, files, strict=True):
            lines += hear(model, speaker, wav_between(path, start, end), start, language)
        return Piece(lines, start, end)

    def _language(self, model: "WhisperModel", language: str) -> str | None:
        """Return the model's code of the call's language; None: the model detects the language."""
        code = language.partition("-")[0].lower()
        if not model.model.is_multilingual and code not in ("", "en"):
            raise UnknownLanguageError(
                f"the call's language is {code}; the model {self._model!r} knows only English"
            )
        return code if code in model.supported_languages else None


def hear(
    model: "WhisperModel", speaker: str, wav: io.BytesIO, offset: float, language: str | None
) -> list[Line]:
    """Return what is said in a WAV file that begins `offset` seconds after the audio does."""
    from faster_whisper import decode_audio

    segments, _ = model.transcribe(
        decode_audio(wav),  # at 16 kHz, by ffmpeg's resampler
        language=language,
        # No second try at random: what is not understood stays marked as unsure.
        temperature=0.0,
        vad_filter=True,
        condition_on_previous_text=False,
        word_timestamps=True,
    )
    return [line for segment in segments for line in lines_of(segment, speaker, offset)]


def lines_of(segment: Any, speaker: str, offset: float) -> list[Line]:
    """Return a segment's lines; none if it was invented."""
    if segment.no_speech_prob > NO_SPEECH or segment.compression_ratio > REPETITION:
        return []
    lines = []
    for part in split_lines([word for word in segment.words or () if word.word.strip()], text_of):
        # Its numbers are numpy's, which JSON does not know.
        times = [(round(float(word.start) + offset, 2), round(float(word.end) + offset, 2)) for word in part]
        words = [Word(text_of(word), *time) for word, time in zip(part, times, strict=True)]
        probability = sum(float(word.probability) for word in part) / len(part)
        line = as_line(speaker, words, unsure=probability < UNSURE)
        if any(char.isalnum() for char in line.text):
            lines.append(line)
    return lines


def text_of(word: Any) -> str:
    """Return the text of a word of faster-whisper."""
    return str(word.word).strip()


def find_cut(files: Sequence[Path], start: float) -> float | None:
    """Return where the piece that begins at `start` ends: in the quietest moment. None: at the end of the audio."""
    import numpy as np

    latest = start + PIECE_SECONDS
    if max(read_wav(path).seconds for path in files) <= latest + CUT_SECONDS:
        return None
    frames = int(CUT_SECONDS / FRAME_SECONDS)
    loudness = np.zeros(frames)
    for path in files:
        sound = sound_between(path, latest - CUT_SECONDS, latest)
        size = int(sound.frame_rate * FRAME_SECONDS)
        samples = np.zeros(frames * size, "<i2")
        heard = np.frombuffer(sound.raw_data, "<i2")[: len(samples)]
        samples[: len(heard)] = heard
        loudness += np.abs(samples.astype(np.float32)).reshape(frames, size).mean(axis=1)
    quietest = int(np.convolve(loudness, np.ones(PAUSE_FRAMES), "valid").argmin())
    return round(latest - CUT_SECONDS + (quietest + PAUSE_FRAMES / 2) * FRAME_SECONDS, 2)


def sound_between(path: Path, start: float, end: float | None) -> Sound:
    """Read a mono WAV file from second `start` to `end` (None: to its end), with 16 bits."""
    with path.open("rb") as file:
        wav = read_header(file)
        last = wav.data_bytes // wav.frame if end is None else int(end * wav.rate)
        first = int(start * wav.rate)
        return read_frames(file, wav, first, max(0, last - first)).set_sample_width(2)


def wav_between(path: Path, start: float, end: float | None) -> io.BytesIO:
    """Return this part of a mono WAV file as a WAV file."""
    made = io.BytesIO()
    sound_between(path, start, end).export(made, format="wav")
    return made


@lru_cache(maxsize=1)
def load_model(name: str, folder: Path, threads: int) -> "WhisperModel":
    """Return the loaded model. Raises `TranscriptionError` if the model is missing."""
    from faster_whisper import WhisperModel

    logging.getLogger("faster_whisper").setLevel(
        logging.WARNING
    )  # else two lines for each channel of each piece
    options: dict[str, Any] = {"compute_type": "int8", "cpu_threads": threads, "download_root": str(folder)}
    folders = packaged_folders(name)
    try:
        if len(folders) > 1:
            return WhisperModel(name, files=read_parts(folders), **options)
        return WhisperModel(str(folders[0]) if folders else name, **options)
    except Exception as error:  # the hub's client has dozens of kinds, and its HTTP client's pass through
        raise TranscriptionError(f"the model {name!r} cannot be loaded: {error}") from error
