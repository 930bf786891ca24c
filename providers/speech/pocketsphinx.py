"""PocketSphinx with a grammar of phrases: offline, without a model to fetch, English.

The grammar is closed: speech that matches no whole phrase is not heard. A word that sounds like a short phrase may be
taken for it. Phrases of two or three words are told apart best.
"""

import re
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from providers.speech.base import SpeechError
from switchroom.audio.wav import AudioError

RATE = 16_000
"""What the acoustic model that comes with the package was trained on."""
QUIET_DBFS = -45.0
MAX_SECONDS = 15.0
MAX_PHRASES = 50
_PHRASE = re.compile(r"[a-z0-9]+(?:[ '-][a-z0-9]+){0,11}")
_DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


class PocketSphinxRecognizer:
    """Threads may share it; they take turns. Raises `SpeechError`.

    The library holds Python's global lock for some hundredths of a second while it works. So a process that must not
    stop runs it in another one (`providers.speech.isolated`).
    """

    def __init__(self) -> None:
        self._decoder = make_decoder()
        self._turn = threading.Lock()

    def recognize(self, path: Path, phrases: Sequence[str]) -> str:
        """See `providers.speech.Recognizer`. A phrase with a word that the dictionary lacks is never heard;
        raises `SpeechError` if all are so.
        """
        sound = load(path)
        if sound.max_dBFS < QUIET_DBFS:
            return ""
        spoken = {words(phrase): phrase for phrase in phrases[:MAX_PHRASES]}
        spoken.pop("", None)
        with self._turn:
            known = [text for text in spoken if all(self._decoder.lookup_word(w) for w in text.split())]
            if not known:
                raise SpeechError("no phrase consists of English words that PocketSphinx knows")
            self._decoder.add_jsgf_string("phrases", grammar(known))
            self._decoder.activate_search("phrases")
            return spoken.get(self._decode(sound.raw_data), "")

    def close(self) -> None:
        """Do nothing: it holds only memory."""

    def _decode(self, data: bytes) -> str:
        decoder = self._decoder
        decoder.start_utt()
        decoder.process_raw(data, full_utt=True)
        decoder.end_utt()
        found = decoder.hyp()
        return str(found.hypstr).strip() if found is not None else ""


def make_decoder() -> Any:
    """Make a decoder with the package's own model and no grammar. Raises `SpeechError` if the package is missing."""
    try:
        from pocketsphinx import Decoder
    except ImportError as error:
        raise SpeechError("pocketsphinx is not installed: pip install 'switchroom[pocketsphinx]'") from error
    try:
        return Decoder(lm=None, samprate=RATE, loglevel="FATAL")
    except (RuntimeError, ValueError) as error:
        raise SpeechError("PocketSphinx cannot be started") from error


def words(phrase: str) -> str:
    """Return the phrase as the dictionary spells it: lower case, digits as words.

    Empty if it has another character than letters a-z, digits, space, ' and -.
    """
    text = " ".join(phrase.lower().split())
    if not _PHRASE.fullmatch(text):
        return ""
    return re.sub(r"\d", lambda digit: f" {_DIGITS[int(digit[0])]} ", text).strip().replace("  ", " ")


def grammar(phrases: Sequence[str]) -> str:
    """Return a JSGF grammar in which an utterance is exactly one of the phrases, as `words` spells them."""
    return f"#JSGF V1.0;\ngrammar phrases;\npublic <phrase> = {' | '.join(phrases)};\n"


def load(path: Path) -> Any:
    """Read the recording's first `MAX_SECONDS`, at the model's rate. Raises `SpeechError`."""
    # Imported here: an engine that recognizes no speech never needs it.
    from switchroom.audio.sound import read_sound

    try:
        sound = read_sound(path, RATE, MAX_SECONDS)
    except (OSError, AudioError) as error:
        raise SpeechError(f"the recording cannot be read: {type(error).__name__}") from error
    if not sound.raw_data:
        raise SpeechError("the recording is empty")
    return sound
