"""The public face of the voicemails' table."""

from api.conventions.resource import Resource
from models import Voicemail

VOICEMAIL = Resource(
    name="voicemail",
    model=Voicemail,
    fields={
        "id": "id",
        "team": "team_id",
        "call": "call_id",
        "mailbox_kind": "mailbox_kind",
        "mailbox": "mailbox_id",
        "caller": "caller",
        "caller_name": "caller_name",
        "called": "did",
        "duration": "seconds",
        "size": "size",
        "state": "state",
        "read_at": "read_at",
        "transcript": "transcript",
        "transcript_state": "transcript_state",
        "transcript_error": "transcript_error",
        "created_at": "created_at",
    },
    search=("caller", "caller_name", "called"),
    sort="created_at DESC",
)
