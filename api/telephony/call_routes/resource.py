"""What clients see of the call routes' table."""

from typing import Any

from api.conventions.answers import Answer, PublicId, Time
from api.conventions.resource import Resource
from api.conventions.schema import sometimes
from api.telephony.call_routes.references import public_ids
from models import CallRoute
from routing.routes.secrets import hidden


class BlockAnswer(Answer):
    """A block of a route."""

    type: str
    settings: dict[str, Any] = sometimes()
    exits: dict[str, str | None] = sometimes()
    """Exit -> the id of the next block."""


class RouteAnswer(Answer):
    """A call route: a decision tree of blocks."""

    id: PublicId
    team: PublicId
    user: PublicId | None
    """Whose route it is; null: the team's."""
    name: str
    version: int
    """It counts the saved changes, from 1."""
    entry: str
    """The id of the first block."""
    blocks: dict[str, BlockAnswer]
    created_at: Time
    updated_at: Time


ROUTE = Resource("route", RouteAnswer, CallRoute, search=("name",))


def show_route(route: CallRoute) -> dict[str, Any]:
    """Show a route as clients see it."""
    return {**ROUTE.show(route), "blocks": show_blocks(route.blocks)}


def show_blocks(blocks: Any) -> Any:
    """Show blocks: ids as clients see them, placeholders for secrets."""
    return hidden(public_ids(blocks))
