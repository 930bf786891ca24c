"""espeak-ng: many languages, small, on this machine. The program runs once for each text, which it reads from stdin.

Its manual: https://github.com/espeak-ng/espeak-ng/blob/master/docs/guide.md
"""

import subprocess

from providers.speech.base import SpeechError, check_request
from providers.speech.sound import as_prompt, read_samples

SECONDS = 5.0
"""Longest run of the program. It makes a minute of speech in a fraction of a second."""


class EspeakNg:
    """`program`: its name on the PATH, or its path."""

    def __init__(self, program: str = "espeak-ng") -> None:
        self._program = program

    def synthesize(self, text: str, language: str, voice: str = "") -> bytes:
        """See `providers.speech.Synthesizer`. `voice` is a variant or another voice: `f3`, `en-us+m7`."""
        check_request(text, language, voice)
        done = self._run(text, _voice(language, voice))
        main = language.partition("-")[0]
        if done.returncode and main != language:
            # It knows few regions: `fr-ca` is spoken as `fr`.
            done = self._run(text, _voice(main, voice))
        if done.returncode:
            # Its messages name the voice, never the text.
            words = " ".join(done.stderr.decode(errors="replace").split())
            raise SpeechError(f"espeak-ng ended with {done.returncode}: {words[:200]}")
        return as_prompt(*read_samples(done.stdout))

    def _run(self, text: str, voice: str) -> subprocess.CompletedProcess[bytes]:
        command = [self._program, "--stdin", "--stdout", "-b", "1", "-v", voice]
        try:
            return subprocess.run(command, input=text.encode(), capture_output=True, timeout=SECONDS)
        except FileNotFoundError as error:
            raise SpeechError("espeak-ng is not installed: apt-get install espeak-ng") from error
        except subprocess.TimeoutExpired as error:
            raise SpeechError(f"espeak-ng took longer than {SECONDS:.0f} s") from error
        except OSError as error:
            raise SpeechError(f"espeak-ng cannot be run: {error.strerror}") from error


def _voice(language: str, voice: str) -> str:
    """`-v`: a whole voice as it is, else the language with a variant (`m1` to `m8`, `f1` to `f5`, `klatt` ...)."""
    if not voice:
        return language.lower()
    return voice if "+" in voice or "-" in voice else f"{language.lower()}+{voice}"
