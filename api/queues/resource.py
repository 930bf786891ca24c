"""The public face of the queues' table."""

from api.resource import Resource
from models import Queue

QUEUE = Resource(
    name="queue",
    model=Queue,
    fields={
        "id": "id",
        "team": "team_id",
        "name": "name",
        "strategy": "strategy",
        "priority": "priority",
        "ring_timeout": "ring_timeout",
        "wrap_up": "wrap_up",
        "max_wait": "max_wait",
        "max_waiting": "max_waiting",
        "join_when_empty": "join_when_empty",
        "leave_when_empty": "leave_when_empty",
        "ring_limit": "ring_limit",
        "missed_limit": "missed_limit",
        "call_service_good": "call_service_good",
        "music": "music",
        "recording": "recording",
        "retention_days": "retention_days",
        "created_at": "created_at",
        "updated_at": "updated_at",
    },
    search=("name",),
)
