"""The public face of the call routes' table."""

from typing import Any

from api.conventions.resource import Resource
from api.telephony.call_routes.references import public_ids
from models import CallRoute

ROUTE = Resource(
    name="route",
    model=CallRoute,
    fields={
        "id": "id",
        "team": "team_id",
        "user": "user_id",
        "name": "name",
        "version": "version",
        "entry": "entry",
        "blocks": "blocks",
        "created_at": "created_at",
        "updated_at": "updated_at",
    },
    search=("name",),
)


def show_route(route: CallRoute) -> dict[str, Any]:
    """One route; ids inside its blocks as clients see them."""
    return {**ROUTE.show(route), "blocks": public_ids(route.blocks)}
