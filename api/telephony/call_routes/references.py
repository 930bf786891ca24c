"""Ids inside the blocks of call routes: their spellings, and which routes name them."""

from typing import Any

from sqlmodel import Session, select

from models import CallRoute
from routing.routes.references import references, with_ids
from switchroom.ids import parse_id, public_id


def inner_ids(blocks: Any) -> Any:
    """Return the blocks with every id in its inner spelling (32 hex digits), whatever spelling was sent."""
    return with_ids(blocks, lambda kind, id: parse_id(id) or id)


def public_ids(blocks: Any) -> Any:
    """Return the blocks with every id as clients see it."""
    return with_ids(blocks, lambda kind, id: public_id(id) if parse_id(id) == id else id)


def routes_that_name(session: Session, team_id: str, id: str) -> list[CallRoute]:
    """Return the team's routes in which some block names this id (a queue, a user, a route)."""
    routes = session.exec(select(CallRoute).where(CallRoute.team_id == team_id).order_by(CallRoute.name))
    return [route for route in routes if id in {named for _, named in references(route.blocks)}]
