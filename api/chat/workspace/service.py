"""What is done with the events of the caller's workspace."""

from typing import Any

from sqlalchemy import bindparam, or_, update
from sqlmodel import col, select

from api.core.errors import NotFound
from api.core.scope import USER, VISIBLE_CHAT_IDS, Scope
from models import WorkspaceEvent, utcnow
from models.outbox import emit_event
from models.workspace_event import tell_of_workspace_event
from switchroom.ids import parse_id
from switchroom.messages.events import to_user

_OWN = (
    col(WorkspaceEvent.user_id) == USER,
    col(WorkspaceEvent.team_id) == bindparam("team"),
    or_(col(WorkspaceEvent.chat_id).is_(None), col(WorkspaceEvent.chat_id).in_(VISIBLE_CHAT_IDS)),
)
"""The caller's events in a team, without those of chats that they left."""
_UNREAD, _KEPT = col(WorkspaceEvent.read_at).is_(None), col(WorkspaceEvent.deleted_at).is_(None)
ALL = select(WorkspaceEvent).where(*_OWN)
LISTED = {
    (False, False): ALL.where(_UNREAD, _KEPT),
    (True, False): ALL.where(_KEPT),
    (False, True): ALL.where(_UNREAD),
    (True, True): ALL,
}
"""With read ones?, with deleted ones? -> the events that are listed."""


def get(scope: Scope, team_id: str, text: str) -> WorkspaceEvent:
    """Return an event of the caller. Raises NotFound."""
    found = parse_id(text)
    if found is not None:
        one = ALL.where(col(WorkspaceEvent.id) == found)
        event = scope.session.exec(one, params={**scope.values, "team": team_id}).first()
        if event is not None:
            return event
    raise NotFound("workspace event")


def set_read(scope: Scope, event: WorkspaceEvent, *, read: bool) -> None:
    """Note that the event was read, or was not."""
    if read != (event.read_at is not None):
        event.read_at = utcnow() if read else None
        scope.session.flush()
        tell_of_workspace_event(scope.session, "updated", event)


def set_all_read(scope: Scope, team_id: str, *, read: bool) -> int:
    """Note the same of all events of the caller in the team. Return how many were changed."""
    values = {**scope.values, "team": team_id, "now": utcnow()}
    changed = scope.session.connection().execute(_READ_ALL if read else _UNREAD_ALL, values).rowcount
    if changed:
        audience = to_user(scope.user_id, team=team_id)
        emit_event(scope.session, "workspace", "messaged", team_id, {"type": "read", "read": read}, audience)
    return changed


_TABLE = WorkspaceEvent.__table__  # type: ignore[attr-defined]
_NOW: dict[str, Any] = {"updated_at": bindparam("now")}
_READ_ALL = update(_TABLE).where(*_OWN, _UNREAD, _KEPT).values(read_at=bindparam("now"), **_NOW)
_UNREAD_ALL = update(_TABLE).where(*_OWN, ~_UNREAD, _KEPT).values(read_at=None, **_NOW)


def delete(scope: Scope, event: WorkspaceEvent) -> None:
    """Take the event out of the list. It is kept."""
    if event.deleted_at is None:
        event.deleted_at = utcnow()
        scope.session.flush()
        tell_of_workspace_event(scope.session, "destroyed", event)
