"""What clients see of the call routes' table."""

from typing import Any

from api.conventions.answers import Answer, PublicId, Time
from api.conventions.resource import Resource
from api.conventions.schema import sometimes
from api.telephony.call_routes.references import public_ids
from models import CallRoute, CallRouteVersion
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


class VersionAnswer(Answer):
    """A saved version of a route."""

    version: int
    saved_by: PublicId | None
    """The user who saved it."""
    created_at: Time


class WholeVersion(VersionAnswer):
    """A saved version of a route, with its document."""

    name: str
    entry: str
    blocks: dict[str, BlockAnswer]


VERSION = Resource("version", VersionAnswer, CallRouteVersion, sort="version DESC")


def show_version(version: CallRouteVersion) -> dict[str, Any]:
    """Show a version with its document."""
    document = version.document
    shown = {"name": document["name"], "entry": document["entry"], "blocks": show_blocks(document["blocks"])}
    return {**VERSION.show(version), **shown}


def show_route(route: CallRoute) -> dict[str, Any]:
    """Show a route as clients see it."""
    return {**ROUTE.show(route), "blocks": show_blocks(route.blocks)}


def show_blocks(blocks: Any) -> Any:
    """Show blocks: ids as clients see them, placeholders for secrets."""
    return hidden(public_ids(blocks))
