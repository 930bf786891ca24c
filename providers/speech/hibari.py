"""hibari: a natural English voice that comes with its package, runs on this machine and needs no network.

One processor makes some thirty seconds of speech in a second. The package and its voice are under the Apache licence
(docs/adr/0016-a-voice-of-a-package.md). It takes some 250 MB of memory, so the engine runs it in another process
(`providers.speech.isolated`).
"""

import logging
from typing import TYPE_CHECKING

from providers.speech.base import SpeechError, Synthesizer, check_request
from providers.speech.sound import RATE, as_prompt

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

log = logging.getLogger(__name__)

VOICES = frozenset({"heart"})
"""The voices that come with the package. Others would be downloaded."""
MAX_CHARACTERS = 1000
"""A minute of speech: made within three seconds. The caller waits for it in silence, the first time."""
GAIN = 2.2
"""Makes it as loud as espeak-ng and Asterisk's own sounds."""
STEP = 3
"""The voice has 24,000 samples a second, the telephone 8,000."""
TAPS = 95
PASS_HERTZ = 3600.0


class Hibari:
    """Make the synthesizer, and let it speak once: the first text takes a second longer than the next ones."""

    def __init__(self) -> None:
        import hibari

        self._speak = hibari.Hibari()
        self._speak("Hello.")

    def synthesize(self, text: str, language: str, voice: str = "") -> bytes:
        """See `providers.speech.Synthesizer`. The same text always gives the same sound."""
        check_request(text, language, voice)
        if not speaks(text, language, voice):
            raise SpeechError(f"hibari speaks no {language} with the voice {voice!r}, and no longer texts")
        return as_prompt(telephone(self._speak(text, seed=0)), RATE)


class NaturalVoice:
    """Speaks by `natural` what it can speak, and everything else by `fallback`; also what `natural` fails at."""

    def __init__(self, natural: Synthesizer, fallback: Synthesizer) -> None:
        self._natural = natural
        self._fallback = fallback

    def synthesize(self, text: str, language: str, voice: str = "") -> bytes:
        """See `providers.speech.Synthesizer`. `voice` is `heart`, or a voice of the fallback."""
        check_request(text, language, voice)
        if speaks(text, language, voice):
            try:
                return self._natural.synthesize(text, language, voice)
            except SpeechError as error:
                log.warning("the natural voice failed; another one speaks", extra={"error": str(error)})
        return self._fallback.synthesize(text, language, "" if voice in VOICES else voice)


def speaks(text: str, language: str, voice: str) -> bool:
    """Return whether this can be spoken naturally: English with the package's voice, a minute at most."""
    english = language.partition("-")[0].lower() == "en"
    return english and (not voice or voice in VOICES) and len(text) <= MAX_CHARACTERS


def telephone(sound: "npt.NDArray[np.float32]") -> bytes:
    """Return 16-bit samples for the telephone of a sound with 24,000 samples a second.

    A filter (windowed sinc) first removes what 8,000 samples a second cannot hold: it would come back as a hiss.
    """
    import numpy as np

    at = np.arange(TAPS) - TAPS // 2
    cut = 2 * PASS_HERTZ / (RATE * STEP)
    taps = cut * np.sinc(cut * at) * np.hamming(TAPS)
    if not len(sound):
        return b""
    filtered = np.convolve(sound, taps, "same")[::STEP] * GAIN
    return (np.clip(filtered, -1.0, 1.0) * 32767).astype("<i2").tobytes()
