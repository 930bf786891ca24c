"""The public face of the call logs' table."""

from api.conventions.resource import Resource
from models import CallLog

CALL_LOG = Resource(
    name="call log",
    model=CallLog,
    fields={
        "id": "id",
        "team": "team_id",
        "direction": "direction",
        "from": "caller",
        "caller_name": "caller_name",
        "to": "did",
        "did": "did",
        "number": "number_id",
        "route": "route_id",
        "route_version": "route_version",
        "queue": "queue_id",
        "agent": "agent_id",
        "started_at": "started_at",
        "queued_at": "queued_at",
        "answered_at": "answered_at",
        "ended_at": "ended_at",
        "wait": "wait",
        "talk": "talk",
        "disposition": "disposition",
        "hangup_cause": "hangup_cause",
        "ended_by": "ended_by",
        "tags": "tags",
        "language": "language",
        "callback": "callback",
        "callback_of": "callback_of",
    },
    search=("from", "caller_name", "did"),
    sort="started_at DESC",
)
