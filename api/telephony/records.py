"""What was recorded of calls (JSON with inner ids and POSIX seconds), as clients see it."""

import re
from typing import Any, ClassVar, Literal

import orjson
from pydantic import ConfigDict

from api.conventions.answers import Answer, Seconds
from api.telephony.live_views import show_posix
from switchroom.ids import parse_id, public_id

FileState = Literal["pending", "uploading", "stored", "incomplete", "empty", "failed", "deleted"]
"""How far an audio file is on its way to the object storage. `incomplete`: it is there, but shorter than the talk was.
`empty`: there is no audio, or no speech in it.
"""
TranscriptState = Literal["none", "pending", "done", "failed"]


class Recorded(Answer):
    """A part of a record. An engine or a job of another release may leave fields out, or add some."""

    model_config = ConfigDict(extra="allow")

    partial: ClassVar[bool] = True


class SpokenWord(Recorded):
    """A word with its punctuation."""

    text: str
    start: Seconds
    """Seconds from the beginning of the audio."""
    end: Seconds
    """Seconds from the beginning of the audio."""


class Utterance(Recorded):
    """What one speaker said without a long pause."""

    speaker: str
    start: Seconds
    """Seconds from the beginning of the audio."""
    end: Seconds
    """Seconds from the beginning of the audio."""
    text: str
    words: list[SpokenWord]
    """The words with their times, so that a player can jump to each. Empty if the engine does not tell the times."""
    unsure: bool
    """Whether the engine itself doubts that this was said."""


class Transcript(Recorded):
    """What was said. While its state is `pending`, this is what has been transcribed so far."""

    lines: list[Utterance]
    """In the order of speaking."""
    text: str
    seconds: Seconds | None
    """How much of the audio is transcribed: up to this second. The whole audio has `seconds` of the recording."""


def without_words(transcript: Any) -> Any:
    """Return the transcript without the times of its words, which are most of it: for lists."""
    if not isinstance(transcript, dict):
        return transcript
    lines = [{key: line[key] for key in line if key != "words"} for line in transcript.get("lines", ())]
    return {**transcript, "lines": lines}


def show_record(value: Any) -> Any:
    """Show a record: ids public, and every `at` and `..._at` in ISO 8601."""
    if isinstance(value, str):
        return public_id(value) if parse_id(value) == value else value
    if isinstance(value, list):
        return [show_record(item) for item in value]
    if isinstance(value, dict):
        return {key: _time(item) if _is_time(key, item) else show_record(item) for key, item in value.items()}
    return value


def show_record_text(text: str) -> orjson.Fragment:
    """Show a record that is JSON text. The result is as of `show_record`, without parsing the text.

    Both patterns begin with plain characters, so the search is quick. What begins a string is a quote without a
    backslash before it, and what follows up to the next quote cannot stand between two strings.
    """
    parts = _TIME.split(_ID.sub(_show_id, text))
    parts[1::2] = [f'at":"{show_posix(float(seconds))}"' for seconds in parts[1::2]]
    return orjson.Fragment("".join(parts))


_ID = re.compile(r'"(?<!\\")([0-9a-f]{32})"(?!\s*:)')
"""A string that is an id, and not a key."""
_TIME = re.compile(r'at(?<=[_"]at)(?<!\\"at)"\s*:\s*(-?\d[\d.eE+-]*)')
"""The end of a key that is `at` or ends in `_at`, and a number."""


def _show_id(found: re.Match[str]) -> str:
    return f'"{public_id(found[1])}"'


def _is_time(key: str, value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and (key == "at" or key.endswith("_at"))


def _time(value: float) -> str | None:
    return show_posix(value)
