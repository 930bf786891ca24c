"""What a caller hears: sounds of the library and spoken texts, in one order.

Wherever a route takes a sound, an item may be `{"say": "text with {variable}", "language"?: "de", "voice"?: "..."}`, or
the id of a prompt that the team uploaded. Inside, such a prompt is the sound `uploads/<id>`.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from routing.commands import Prompt
from routing.expressions import variables

SILENCE = "silence/1"
"""Played in place of texts that turn out empty, so that time always passes in a block that speaks."""
UPLOADS = "uploads/"
_UPLOADED = re.compile(rf"(?:{UPLOADS})?(a?[0-9a-f]{{32}})")
LONGEST = 3000
"""The most characters of a spoken text; the rest is cut."""


@dataclass(frozen=True, slots=True)
class Audio:
    """`sounds` in order; `prompts` are those among them that must be synthesized first."""

    sounds: tuple[str, ...] = ()
    prompts: tuple[Prompt, ...] = ()

    def __add__(self, other: "Audio") -> "Audio":
        more = tuple(prompt for prompt in other.prompts if prompt not in self.prompts)
        return Audio(self.sounds + other.sounds, self.prompts + more)

    def __bool__(self) -> bool:
        return bool(self.sounds)


def upload_sound(id: str) -> str:
    """Return the name under which an uploaded prompt is played. `id`: its inner spelling."""
    return UPLOADS + id


def upload_named(sound: str) -> str | None:
    """Return the id of an uploaded prompt, as it was written, if a sound's name is one."""
    found = _UPLOADED.fullmatch(sound)
    return None if found is None else found[1]


def prompt(text: str, language: str, voice: str = "") -> Prompt:
    """Return the prompt of a text. The same words in the same voice always have the same name."""
    key = json.dumps([text, language, voice]).encode()
    return Prompt(f"prompts/{blake2b(key, digest_size=16).hexdigest()}", text, language, voice)


def audio(items: Any, value_of: Callable[[str], str], language: str) -> Audio:
    """Return a setting's sounds (one, a list, or None) with the variables of its texts filled in."""
    found = Audio()
    for item in _listed(items):
        if isinstance(item, str):
            found += Audio((item,))
        elif text := " ".join(variables.render(item["say"], value_of).split()):
            spoken = prompt(text[:LONGEST], item.get("language") or language, item.get("voice") or "")
            found += Audio((spoken.sound,), (spoken,))
    return found if found or items is None else Audio((SILENCE,))


def constant(settings: Mapping[str, Any], language: str) -> Iterator[Prompt]:
    """Yield the texts to say in these settings that are the same for every caller: they can be spoken before a call.

    `language`: of texts that name none.
    """
    text = settings.get("say")
    if isinstance(text, str) and not variables.names_in(text) and text.split():
        words = " ".join(variables.render(text, str).split())[:LONGEST]
        yield prompt(words, settings.get("language") or language, settings.get("voice") or "")
    for value in settings.values():
        for item in _listed(value if isinstance(value, dict | list) else None):
            if isinstance(item, dict):
                yield from constant(item, language)


def _listed(items: Any) -> Iterable[Any]:
    if items is None:
        return ()
    return (items,) if isinstance(items, str | dict) else items
