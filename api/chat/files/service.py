"""What is done with files, and who may do it."""

from sqlalchemy import bindparam
from sqlmodel import col, select

from api.chat.files.schemas import FileFields, FileUpdate
from api.conventions.body import apply
from api.core.errors import Forbidden, NotFound, ValidationFailed
from api.core.quotas import require_storage
from api.core.scope import VISIBLE_FILES, Scope
from api.core.uploads.upload import Received, kept
from models import (
    Chat,
    ChatUser,
    File,
    Message,
    MessageType,
    OutboxKind,
    Team,
    WorkspaceEventType,
)
from models.file import PICTURE_TYPES, tell_of_file
from models.message import post
from models.outbox import emit
from models.workspace_event import add_workspace_events
from switchroom.file_content import extension_of
from switchroom.ids import parse_id
from switchroom.messages.outbox import JobRequest
from switchroom.settings import Settings

OF_TEAM = VISIBLE_FILES.where(col(File.team_id) == bindparam("team"))
"""The files that the caller sees of the team in the parameter `team`."""
OF_CHAT = select(File).where(
    col(File.id).in_(select(Message.file_id).where(Message.chat_id == bindparam("chat")))
)
"""The files of the chat in the parameter `chat`, which the caller is in."""


def get(scope: Scope, text: str) -> File:
    """Return a file. Raises NotFound, also for one that the caller may not see."""
    found = parse_id(text)
    mine = VISIBLE_FILES.where(col(File.id) == found)
    file = scope.session.exec(mine, params=scope.values).first() if found else None
    if file is None:
        raise NotFound("file")
    return file


def get_for_change(scope: Scope, text: str) -> File:
    """Return a file to change. Raises NotFound, and Forbidden unless the caller uploaded it or is an admin."""
    file = get(scope, text)
    if file.user_id != scope.user_id and not scope.is_admin(file.team_id):
        raise Forbidden("Only the user who uploaded the file, or an admin of its team, may do this")
    return file


def update(scope: Scope, file: File, body: FileUpdate) -> None:
    """Assign what was sent."""
    scope.session.add(apply(file, body.changes()))
    scope.session.flush()
    tell_of_file(scope.session, "updated", file)


def place(scope: Scope, fields: FileFields) -> tuple[str, Chat | None]:
    """Return the team and the chat that an upload is for. Raises ValidationFailed, which names the field."""
    chat = _chat(scope, fields.chat) if fields.chat else None
    if fields.team is None:
        return chat.team_id if chat else scope.team_for(None), chat
    found = parse_id(fields.team)
    by = col(Team.id) == found if found else col(Team.slug) == fields.team.lower()
    theirs = select(Team.id).where(by, col(Team.id).in_(scope.chat_team_ids if chat else scope.team_ids))
    team_id = scope.session.exec(theirs).first()
    if team_id is None:
        raise ValidationFailed({"team": "Not one of your teams"})
    if chat and chat.team_id != team_id:
        raise ValidationFailed({"chat": "A chat of another team"})
    return team_id, chat


def _chat(scope: Scope, id: str) -> Chat:
    try:
        chat = scope.chat(id)
    except NotFound:
        raise ValidationFailed({"chat": "No such chat"}) from None
    if chat.archived_at is not None:
        raise ValidationFailed({"chat": "The chat is archived"})
    return chat


def keep(scope: Scope, settings: Settings, received: Received[FileFields]) -> File:
    """Keep a file whose content is stored. With a chat, a message puts the file into it.

    The upload's loose row goes with the same transaction. Raises ValidationFailed, and Conflict if the team's files are
    too large now.
    """
    session = scope.session
    team_id, chat = place(scope, received.fields)
    kept(session, received.id)
    file = _new_file(scope, received, team_id, chat)
    session.add(file)
    session.flush()
    require_storage(session, settings, file.team_id)
    if file.type in PICTURE_TYPES:
        job = JobRequest(name="make_thumbnail", args=[file.id])
        emit(session, OutboxKind.JOB, job.model_dump())
    tell_of_file(session, "created", file)
    if chat is not None:
        _post(scope, file, chat)
    session.flush()
    return file


def _post(scope: Scope, file: File, chat: Chat) -> None:
    session, body = scope.session, file.comment or file.name
    message = post(
        session,
        Message(
            chat_id=chat.id,
            number=0,
            from_id=scope.user_id,
            type=MessageType.FILE.value,
            body=body,
            file_id=file.id,
        ),
    )
    others = select(ChatUser.user_id).where(
        col(ChatUser.chat_id) == chat.id, col(ChatUser.user_id) != scope.user_id
    )
    add_workspace_events(
        session,
        chat.team_id,
        session.exec(others).all(),
        WorkspaceEventType.FILE,
        chat_id=chat.id,
        message_id=message.id,
        file_id=file.id,
    )


def _new_file(scope: Scope, received: Received[FileFields], team_id: str, chat: Chat | None) -> File:
    """Make the row of an upload."""
    fields = received.fields
    chosen = fields.name or received.name
    if fields.name and not extension_of(chosen) and received.extension:
        chosen = f"{chosen}.{received.extension}"[:255]
    return File(
        team_id=team_id,
        user_id=scope.user_id,
        chat_id=chat.id if chat else None,
        name=chosen,
        filename=received.name,
        extension=received.extension,
        comment=fields.comment,
        location=fields.location,
        category=fields.category,
        date=fields.date,
        **received.columns,
    )
