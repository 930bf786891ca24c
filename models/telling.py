"""Telling users what concerns them: an event in their workspace, and a push to their devices."""

from collections.abc import Sequence

from sqlmodel import Session

from models.device import push
from models.workspace_event import WorkspaceEventType, add_workspace_events
from switchroom.messages.outbox import PushKind

_PUSHED: dict[WorkspaceEventType, PushKind] = {
    WorkspaceEventType.MENTION: "mention",
    WorkspaceEventType.MISSED_CALL: "missed_call",
    WorkspaceEventType.VOICEMAIL: "voicemail",
}


def tell(
    session: Session,
    team_id: str,
    user_ids: Sequence[str],
    type: WorkspaceEventType,
    title: str,
    text: str,
    **about: str | None,
) -> None:
    """Write an event for each of the users, and push it. `about`: chat_id, message_id, voicemail_id, call_id."""
    if not user_ids:
        return
    add_workspace_events(session, team_id, user_ids, type, **about)
    objects = {name.removesuffix("_id"): id for name, id in about.items() if id}
    push(session, _PUSHED[type], user_ids, team_id, title, text, objects)
