"""Telling users what concerns them: an event in their workspace, a push to their devices, an event to their clients."""

from collections.abc import Sequence

from sqlmodel import Session

from models.call import Recording, tell_of_call_log
from models.device import push
from models.voicemail import Voicemail, tell_of_voicemail
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


def tell_of_media(session: Session, row: Recording | Voicemail) -> None:
    """Tell clients that the audio or the transcript of a call or a voicemail changed. A deleted voicemail is gone."""
    if isinstance(row, Voicemail):
        tell_of_voicemail(session, "destroyed" if row.state == "deleted" else "updated", row)
    else:
        tell_of_call_log(session, "updated", row.call_id, row.team_id)
