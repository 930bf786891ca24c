"""The public face of the departments' table."""

from api.conventions.resource import Resource
from models import Department

DEPARTMENT = Resource(
    name="department",
    model=Department,
    fields={
        "id": "id",
        "team": "team_id",
        "name": "name",
        "ring_type": "ring_type",
        "created_at": "created_at",
        "updated_at": "updated_at",
    },
    search=("name",),
)
