"""Speech: text that becomes a sound (`Synthesizer`), and a caller's words that become text (`Recognizer`).

Each engine is an adapter behind a protocol, chosen by a setting. All of them block: call them from a thread.
"""

from providers.speech.base import MAX_TEXT, Recognizer, SpeechError, Synthesizer, check_request
from providers.speech.choose import make_recognizer, make_synthesizer
from providers.speech.prompts import PromptCache

__all__ = [
    "MAX_TEXT",
    "PromptCache",
    "Recognizer",
    "SpeechError",
    "Synthesizer",
    "check_request",
    "make_recognizer",
    "make_synthesizer",
]
