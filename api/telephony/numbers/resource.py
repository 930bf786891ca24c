"""The public face of the DID numbers' table."""

from api.conventions.resource import Resource
from models import DidNumber

NUMBER = Resource(
    name="number",
    model=DidNumber,
    fields={
        "id": "id",
        "team": "team_id",
        "number": "e164",
        "name": "name",
        "route": "route_id",
        "queue": "queue_id",
        "user": "user_id",
        "recording": "recording",
        "retention_days": "retention_days",
        "country": "country",
        "state": "state",
        "city": "city",
        "area_code": "area_code",
        "bought_at": "bought_at",
        "created_at": "created_at",
        "updated_at": "updated_at",
    },
    search=("number", "name", "city"),
    sort="number ASC",
)
