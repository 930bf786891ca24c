"""The stream of what changes in a team."""

from typing import Annotated

from fastapi import Header, Request
from starlette.responses import Response

from api.conventions.router import v1_router
from api.core.deps import IdentityDep, ScopeDep
from api.core.errors import ValidationFailed
from api.realtime.cursors import parse_cursor
from api.realtime.events.stream import MEDIA_TYPE, EventStream
from api.realtime.fan_out import fan_out_of
from api.realtime.sails_io.virtual_request import socket_of

router = v1_router(tags=["realtime"])

_EVENT = {
    "schema": {
        "type": "object",
        "description": "One event of the stream.",
        "properties": {
            "id": {"type": "string", "description": "The cursor: what `Last-Event-ID` takes."},
            "event": {"type": "string", "enum": ["ready", "change", "reset"]},
            "data": {
                "type": "string",
                "description": "JSON: model, verb, id and data of a `change`, else `{}`.",
            },
        },
    },
    "example": {
        "id": "1764370001234-0",
        "event": "change",
        "data": '{"model":"chat","verb":"updated","id":"a0192f3c4d5e67890a1b2c3d4e5f60718","data":{"name":"Support"}}',
    },
}


@router.get(
    "/team/{team_id}/stream",
    response_class=Response,
    responses={200: {"content": {MEDIA_TYPE: _EVENT}}, 429: {}},
)
def stream_events(
    team_id: str,
    request: Request,
    scope: ScopeDep,
    identity: IdentityDep,
    last_event_id: Annotated[str | None, Header()] = None,
) -> EventStream:
    """Stream what changes in a team, as server-sent events.

    The caller is told of what they may see: a guest, of the chats that they joined. With the header `Last-Event-ID` the
    stream begins after that event; the event `reset` says that it is too old, and that the client must read everything
    again. A comment comes every 15 seconds. The stream ends when the session does.
    """
    if socket_of(request) is not None:
        raise ValidationFailed({"socket": "A socket gets events itself: POST /v1/socket/register"})
    team = scope.chat_team_id(team_id)
    fan_out = fan_out_of(request.app)
    fan_out.require_room(identity.user_id)
    return EventStream(fan_out, identity, team, _cursor(last_event_id))


def _cursor(text: str | None) -> str | None:
    """Return the cursor of the header. Raises ValidationFailed."""
    if not text:
        return None
    cursor = parse_cursor(text)
    if cursor is None:
        raise ValidationFailed({"Last-Event-ID": "Not an id of an event"})
    return cursor
