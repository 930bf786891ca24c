"""What is done with files of messages."""

from typing import Any

from sqlmodel import col, select

from api.conventions.resource import Shown
from api.core.errors import NotFound, ValidationFailed
from api.core.quotas import require_storage
from api.core.scope import Scope
from api.core.uploads.upload import Received, kept
from api.inbox.attachments.schemas import FileFields
from api.inbox.organization import organization
from models import InboxFile, InboxFileState
from models.inbox_file import attachment_of, kind_of, link_of
from switchroom.ids import dashed_id
from switchroom.settings import Settings
from switchroom.storage import Storage


def keep(scope: Scope, settings: Settings, received: Received[FileFields]) -> InboxFile:
    """Keep a file whose content is stored. Raises NotFound, Forbidden, and Conflict if the quota is used up.

    The upload's loose row goes with the same transaction. What is not sent within a day is deleted.
    """
    team = organization(scope, received.fields.organization_id)
    kept(scope.session, received.id)
    file = InboxFile(team_id=team, user_id=scope.user_id, name=received.name, **received.columns)
    scope.session.add(file)
    scope.session.flush()
    require_storage(scope.session, settings, team)
    return file


def find(scope: Scope, file_id: str) -> InboxFile:
    """Return a file that is stored: of a message of the caller's organizations, or uploaded by the caller.

    Raises NotFound.
    """
    mine = select(InboxFile).where(
        col(InboxFile.id) == file_id,
        col(InboxFile.team_id).in_(scope.memberships),
        col(InboxFile.state) == InboxFileState.STORED.value,
        col(InboxFile.message_id).is_not(None) | (col(InboxFile.user_id) == scope.user_id),
    )
    found = scope.session.exec(mine).first()
    if found is None:
        raise NotFound("file")
    return found


def to_send(scope: Scope, team_id: str, file_id: str) -> dict[str, Any]:
    """Return the attachment of a file that the caller uploaded and has not sent yet. Raises ValidationFailed."""
    mine = select(InboxFile).where(
        col(InboxFile.id) == file_id,
        col(InboxFile.team_id) == team_id,
        col(InboxFile.user_id) == scope.user_id,
        col(InboxFile.message_id).is_(None),
    )
    found = scope.session.exec(mine.with_for_update()).first()
    if found is None:
        raise ValidationFailed(
            {"message.attachments.payload.file_id": "Must be a file that you uploaded and did not send yet"}
        )
    return attachment_of(found)


def show(storage: Storage, file: InboxFile) -> Shown:
    """Return the file as clients see it."""
    return {
        "file_id": dashed_id(file.id),
        "type": kind_of(file.type).value,
        "name": file.name,
        "media_type": file.type,
        "size": file.size,
        "url": link_of(storage, file.id, file.name, file.type),
    }
