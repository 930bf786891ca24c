"""What clients see of the workspace's events."""

from api.conventions.answers import Answer, PublicId, Time
from api.conventions.resource import Resource
from models import WorkspaceEvent, WorkspaceEventType


class WorkspaceEventAnswer(Answer):
    """An event of a team that concerns the caller. Its ids say what it is about."""

    id: PublicId
    team: PublicId
    user: PublicId
    type: WorkspaceEventType
    chat: PublicId | None
    message: PublicId | None
    mark: PublicId | None
    """The caller's mark on the message, of the types `pin` and `unread`."""
    file: PublicId | None
    voicemail: PublicId | None
    call: PublicId | None
    read_at: Time | None
    deleted_at: Time | None
    created_at: Time
    updated_at: Time


WORKSPACE_EVENT = Resource("workspace event", WorkspaceEventAnswer, WorkspaceEvent, sort="id DESC")
