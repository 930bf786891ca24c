"""Checks of settings: each takes a value and what a route may point at, and returns what is wrong, or None."""

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from routing.blocks.base import Check, References
from routing.expressions import values, variables


def plain(check: Callable[[Any], str | None]) -> Check:
    """A check that needs no references."""
    return lambda value, refs: check(value)


_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z]{2,4})?")
_VOICE = re.compile(r"[A-Za-z0-9_-]{1,40}")
_EXIT = re.compile(r"[A-Za-z0-9_-]{1,40}")
_MAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}")
ELSE = "else"
"""The exit for what no case applies to."""


def sound(value: Any, refs: References) -> str | None:
    """A sound of the library, or `{"say": text with {variables}, "language"?: ..., "voice"?: ...}`."""
    if isinstance(value, dict):
        return _text(value)
    if problem := values.check_sound(value):
        return problem
    return f"there is no sound {value}" if refs.sounds is not None and value not in refs.sounds else None


def sounds(value: Any, refs: References) -> str | None:
    """One sound or a list of 1 to 20 of them."""
    if not isinstance(value, list):
        return sound(value, refs)
    if not 1 <= len(value) <= 20:
        return "must be a sound or a list of 1 to 20 sounds"
    return next((problem for item in value if (problem := sound(item, refs))), None)


def _text(value: Mapping[str, Any]) -> str | None:
    if not set(value) <= {"say", "language", "voice"}:
        return 'a text must be {"say": ..., "language": ..., "voice": ...}'
    if problem := template(value.get("say"), NOTHING):
        return f"say {problem}"
    if value.get("language") is not None and (problem := language(value["language"], NOTHING)):
        return f"language {problem}"
    return None if value.get("voice") is None else voice(value["voice"], NOTHING)


NOTHING = References()


def language(value: Any, refs: References) -> str | None:
    good = isinstance(value, str) and _LANGUAGE.fullmatch(value)
    return None if good else "must be a language: en, de, fr-ca ..."


def voice(value: Any, refs: References) -> str | None:
    good = isinstance(value, str) and _VOICE.fullmatch(value)
    return None if good else "must be a voice's name: 1 to 40 of A-Z a-z 0-9 _ -"


def template(value: Any, refs: References) -> str | None:
    """A text with `{variables}`."""
    return variables.check_template(value)


def variable(value: Any, refs: References) -> str | None:
    """A variable that the block sets."""
    return variables.check_name(value)


def _known(kind: str, value: Any, ids: Collection[str] | None) -> str | None:
    if problem := values.check_id(value):
        return problem
    return f"there is no such {kind}" if ids is not None and value not in ids else None


def queue(value: Any, refs: References) -> str | None:
    return _known("queue", value, refs.queues)


def user(value: Any, refs: References) -> str | None:
    return _known("user", value, refs.users)


def agent(value: Any, refs: References) -> str | None:
    return _known("agent", value, refs.agents)


def department(value: Any, refs: References) -> str | None:
    return _known("department", value, refs.departments)


def route(value: Any, refs: References) -> str | None:
    return _known("route", value, refs.routes)


def email(value: Any) -> str | None:
    good = isinstance(value, str) and len(value) <= 254 and _MAIL.fullmatch(value)
    return None if good else "must be an e-mail address"


def exit_name(value: Any) -> str | None:
    """The name of a case or a branch, which is that of its exit."""
    if not isinstance(value, str) or not _EXIT.fullmatch(value):
        return "must be a name: 1 to 40 of A-Z a-z 0-9 _ -"
    return f"{ELSE} is the exit for what no case applies to" if value == ELSE else None


def one_of(*names: str) -> Check:
    def check(value: Any, refs: References) -> str | None:
        return None if isinstance(value, str) and value in names else f"must be one of {', '.join(names)}"

    return check


def music(value: Any, refs: References) -> str | None:
    """A music-on-hold class."""
    return values.check_music(value)


def flag(value: Any, refs: References) -> str | None:
    return None if isinstance(value, bool) else "must be true or false"


def cases(check_case: Callable[[Mapping[str, Any]], str | None]) -> Check:
    """A list of 1 to 50 cases, each with a `name`; those of the same name share an exit. Tells of each bad one."""

    def check(value: Any, refs: References) -> str | None:
        if not isinstance(value, list) or not 1 <= len(value) <= 50:
            return "must be a list of 1 to 50 cases"
        found = [f"case {number} {problem}" for number, case in enumerate(value, 1) if (problem := one(case))]
        return "; ".join(found) or None

    def one(case: Any) -> str | None:
        if not isinstance(case, dict):
            return "must be an object"
        if problem := exit_name(case.get("name")):
            return f"name {problem}"
        return check_case(case)

    return check


def case_names(settings: Mapping[str, Any]) -> frozenset[str]:
    """The exits of a block with `cases`, as far as they can be read."""
    listed = settings.get("cases")
    found = (
        [case.get("name") for case in listed if isinstance(case, dict)] if isinstance(listed, list) else []
    )
    return frozenset(name for name in found if isinstance(name, str) and exit_name(name) is None)


def whole(low: int, high: int) -> Check:
    """A whole number from `low` to `high`."""

    def check(value: Any, refs: References) -> str | None:
        good = isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
        return None if good else f"must be a whole number from {low} to {high}"

    return check


def seconds(low: float, high: float) -> Check:
    """A number of seconds from `low` to `high`."""

    def check(value: Any, refs: References) -> str | None:
        good = isinstance(value, (int, float)) and not isinstance(value, bool) and low <= value <= high
        return None if good else f"must be a number of seconds from {low:g} to {high:g}"

    return check


def mailbox(value: Any, refs: References) -> str | None:
    """`{"kind": "team" | "queue" | "user", "id": ...}`."""
    if not isinstance(value, dict) or set(value) != {"kind", "id"}:
        return 'must be {"kind": "team", "queue" or "user", "id": ...}'
    known = {"team": refs.teams, "queue": refs.queues, "user": refs.users}
    if not isinstance(value["kind"], str) or value["kind"] not in known:
        return "kind must be team, queue or user"
    if problem := values.check_id(value["id"]):
        return f"id {problem}"
    ids = known[value["kind"]]
    return f"there is no such {value['kind']}" if ids is not None and value["id"] not in ids else None
