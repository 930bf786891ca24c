"""What every engine of speech takes and gives."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

MAX_TEXT = 3000
"""Characters of one prompt: some three minutes of speech, and what Polly takes at most."""
LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8}){0,2}", re.IGNORECASE)
VOICE = re.compile(r"[A-Za-z][A-Za-z0-9+_-]{0,39}")


class SpeechError(Exception):
    """The engine refused, or cannot be used as it is configured. The message never holds the text."""


class Synthesizer(Protocol):
    """Speaks texts."""

    def synthesize(self, text: str, language: str, voice: str = "") -> bytes:
        """Return a WAV file: mono, 8 kHz, 16 bits. Blocks for some seconds at most. Raises `SpeechError`.

        `language`: `en`, `de`, `fr-ca`. `voice` empty: the engine's own voice for the language.
        """
        ...


class Recognizer(Protocol):
    """Hears which of some phrases was said."""

    def recognize(self, path: Path, phrases: Sequence[str]) -> str:
        """Return the phrase as `phrases` spells it; empty: none of them. Blocks. Raises `SpeechError`.

        `path`: a mono WAV file.
        """
        ...

    def close(self) -> None:
        """Free what it holds. It must not be used afterwards."""
        ...


def check_request(text: str, language: str, voice: str) -> None:
    """Raise `SpeechError` if the text, the language or the voice is not valid for any engine."""
    if not text.strip():
        raise SpeechError("the text is empty")
    if len(text) > MAX_TEXT:
        raise SpeechError(f"the text has {len(text)} characters, {MAX_TEXT} are the most")
    if any((ord(char) < 32 and char not in "\t\n\r") or char == "\x7f" for char in text):
        raise SpeechError("the text has a control character")
    if not LANGUAGE.fullmatch(language):
        raise SpeechError("the language is not of the form en, de or fr-ca")
    if voice and not VOICE.fullmatch(voice):
        raise SpeechError("the voice's name has a character that is not allowed")
