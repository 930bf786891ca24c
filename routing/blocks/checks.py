"""Checks of settings: each takes a value and what a route may point at, and returns what is wrong, or None."""

from collections.abc import Callable
from typing import Any

from routing import values
from routing.blocks.base import Check, References


def plain(check: Callable[[Any], str | None]) -> Check:
    """A check that needs no references."""
    return lambda value, refs: check(value)


def sound(value: Any, refs: References) -> str | None:
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


def queue(value: Any, refs: References) -> str | None:
    if problem := values.check_id(value):
        return problem
    return "there is no such queue" if refs.queues is not None and value not in refs.queues else None


def user(value: Any, refs: References) -> str | None:
    if problem := values.check_id(value):
        return problem
    return "there is no such user" if refs.users is not None and value not in refs.users else None


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
