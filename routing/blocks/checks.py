"""Checks of settings: each takes a value and returns what is wrong, or None."""

import re
from collections.abc import Mapping
from typing import Any

from routing.blocks.settings import Check, Setting, Words
from routing.expressions import values, variables
from routing.expressions.shapes import shape_of, shaped

_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z]{2,4})?")
_VOICE = re.compile(r"[A-Za-z0-9_-]{1,40}")
MAILBOX_KINDS = ("team", "queue", "department", "user")
_MAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}")


def heard(*, required: bool = False, default: Any = None) -> Setting:
    """Return a setting that holds what the caller hears: sounds of the library and texts."""
    return Setting(sounds, required, default, refers_to="sound", words=Words.SPOKEN)


def reference(kind: str, *, required: bool = False) -> Setting:
    """Return a setting that holds the id of something that belongs to the team: a `queue`, `user`, `agent`,
    `department`, `route` or `chat`."""
    return Setting(values.check_id, required, refers_to=kind)


def mailbox(*, required: bool = False) -> Setting:
    return Setting(check_mailbox, required, refers_to="mailbox")


_SOUND = {
    "anyOf": [
        shape_of(values.check_sound),
        {
            "type": "object",
            "required": ["say"],
            "additionalProperties": False,
            "properties": {
                "say": shape_of(variables.check_template),
                "language": {"type": ["string", "null"], "pattern": f"^{_LANGUAGE.pattern}$"},
                "voice": {"type": ["string", "null"], "pattern": f"^{_VOICE.pattern}$"},
            },
        },
    ]
}


def sound(value: Any) -> str | None:
    """Check a sound of the library, or `{"say": text with {variables}, "language"?: ..., "voice"?: ...}`."""
    if isinstance(value, dict):
        return _text(value)
    return values.check_sound(value)


@shaped(anyOf=[*_SOUND["anyOf"], {"type": "array", "minItems": 1, "maxItems": 20, "items": _SOUND}])
def sounds(value: Any) -> str | None:
    """Check one sound or a list of 1 to 20."""
    if not isinstance(value, list):
        return sound(value)
    if not 1 <= len(value) <= 20:
        return "must be a sound or a list of 1 to 20 sounds"
    return next((problem for item in value if (problem := sound(item))), None)


def _text(value: Mapping[str, Any]) -> str | None:
    if not set(value) <= {"say", "language", "voice"}:
        return 'a text must be {"say": ..., "language": ..., "voice": ...}'
    if problem := template(value.get("say")):
        return f"say {problem}"
    if value.get("language") is not None and (problem := language(value["language"])):
        return f"language {problem}"
    return None if value.get("voice") is None else voice(value["voice"])


@shaped(type="string", pattern=f"^{_LANGUAGE.pattern}$")
def language(value: Any) -> str | None:
    good = isinstance(value, str) and _LANGUAGE.fullmatch(value)
    return None if good else "must be a language: en, de, fr-ca ..."


@shaped(type="string", pattern=f"^{_VOICE.pattern}$")
def voice(value: Any) -> str | None:
    good = isinstance(value, str) and _VOICE.fullmatch(value)
    return None if good else "must be a voice's name: 1 to 40 of A-Z a-z 0-9 _ -"


@shaped(**shape_of(variables.check_template))
def template(value: Any) -> str | None:
    """Check a text with `{variables}`."""
    return variables.check_template(value)


@shaped(**shape_of(variables.check_name))
def variable(value: Any) -> str | None:
    """Check the name of a variable that the block sets."""
    return variables.check_name(value)


def email(value: Any) -> str | None:
    good = isinstance(value, str) and len(value) <= 254 and _MAIL.fullmatch(value)
    return None if good else "must be an e-mail address"


def one_of(*names: str) -> Check:
    @shaped(type="string", enum=list(names))
    def check(value: Any) -> str | None:
        return None if isinstance(value, str) and value in names else f"must be one of {', '.join(names)}"

    return check


@shaped(**shape_of(values.check_music))
def music(value: Any) -> str | None:
    """Check a music-on-hold class."""
    return values.check_music(value)


@shaped(type="boolean")
def flag(value: Any) -> str | None:
    return None if isinstance(value, bool) else "must be true or false"


def whole(low: int, high: int) -> Check:
    """Return a check of a whole number from `low` to `high`."""

    @shaped(type="integer", minimum=low, maximum=high)
    def check(value: Any) -> str | None:
        good = isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
        return None if good else f"must be a whole number from {low} to {high}"

    return check


def seconds(low: float, high: float) -> Check:
    """Return a check of a number of seconds from `low` to `high`."""

    @shaped(type="number", minimum=low, maximum=high)
    def check(value: Any) -> str | None:
        good = isinstance(value, (int, float)) and not isinstance(value, bool) and low <= value <= high
        return None if good else f"must be a number of seconds from {low:g} to {high:g}"

    return check


@shaped(
    type="object",
    required=["kind", "id"],
    additionalProperties=False,
    properties={"kind": {"type": "string", "enum": list(MAILBOX_KINDS)}, "id": {"type": "string"}},
)
def check_mailbox(value: Any) -> str | None:
    """Check `{"kind": "team" | "queue" | "department" | "user", "id": ...}`."""
    if not isinstance(value, dict) or set(value) != {"kind", "id"}:
        return 'must be {"kind": "team", "queue", "department" or "user", "id": ...}'
    if value["kind"] not in MAILBOX_KINDS:
        return "kind must be team, queue, department or user"
    problem = values.check_id(value["id"])
    return f"id {problem}" if problem else None
