"""Who names what: ids inside the blocks of call routes."""

from collections.abc import Callable, Iterator
from typing import Any

from sqlmodel import Session, select

from models import CallRoute
from switchroom.ids import parse_id, public_id

_INNER, _PUBLIC, _DASHED = 32, 33, 36
_WORDS = frozenset(
    {"headers", "body", "url", "variables", "cases", "text", "subject", "say", "tags", "skills"}
)
"""What users wrote in their own words: a key of another service that looks like an id stays as it is."""


def inner_ids(document: Any) -> Any:
    """The document with every id in its inner spelling (32 hex digits), whatever spelling came."""
    return _mapped(document, lambda text: parse_id(text) or text if len(text) in (_PUBLIC, _DASHED) else text)


def public_ids(document: Any) -> Any:
    """The document with every id as clients see it."""
    return _mapped(
        document, lambda text: public_id(text) if len(text) == _INNER and parse_id(text) == text else text
    )


def routes_that_name(session: Session, team_id: str, id: str) -> list[CallRoute]:
    """The team's routes of which some block names this id (a queue, a user, a route)."""
    routes = session.exec(select(CallRoute).where(CallRoute.team_id == team_id).order_by(CallRoute.name))
    return [route for route in routes if id in set(_strings(route.blocks))]


def _mapped(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [_mapped(item, change) for item in value]
    if isinstance(value, dict):
        return {key: item if key in _WORDS else _mapped(item, change) for key, item in value.items()}
    return value


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _strings(item)
