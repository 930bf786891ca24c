"""The public face of the agents' table."""

from api.conventions.resource import Resource
from models import Agent

AGENT = Resource(
    name="agent",
    model=Agent,
    fields={
        "id": "id",
        "team": "team_id",
        "user": "user_id",
        "name": "name",
        "status": "status",
        "reason": "reason",
        "capacity": "capacity",
        "created_at": "created_at",
        "updated_at": "updated_at",
    },
    search=("name",),
)
