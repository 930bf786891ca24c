"""Operations on files."""

from typing import Annotated

import orjson
from fastapi import Depends, Query, Request
from sqlmodel import Session
from starlette.responses import Response

from api.chat.files import service
from api.chat.files.answers import FileAnswer
from api.chat.files.resource import FILE
from api.chat.files.schemas import FORM, FileFields, FileUpdate
from api.chat.files.views import show_file, show_files
from api.conventions.lists import Listing, Lists
from api.conventions.resource import Shown, require_unchanged
from api.conventions.router import v1_router
from api.core.deps import ContextDep, IdentityDep, ScopeDep
from api.core.etags import etag
from api.core.media import StorageDep
from api.core.quotas import MEGABYTE
from api.core.route import WorkDep
from api.core.scope import VISIBLE_FILES
from api.core.uploads.upload import Received, UploadsDep, scope_now, upload
from models import file as files

router = v1_router(tags=["files"])

FileListing = Annotated[Listing, Depends(Lists(FILE))]


@router.post(
    "/file",
    response_model=FileAnswer,
    status_code=201,
    openapi_extra={"requestBody": FORM},
    responses={400: {}, 409: {}, 413: {}, 429: {}, 503: {}},
)
async def upload_file(
    request: Request,
    identity: IdentityDep,
    context: ContextDep,
    storage: StorageDep,
    uploads: UploadsDep,
) -> Response:
    """Upload a file, as a form. With `chat`, a message puts it into the chat. A thumbnail follows within seconds."""

    def keep(session: Session, received: Received[FileFields]) -> Shown:
        scope = scope_now(session, identity)
        return show_file(scope, storage, service.keep(scope, context.settings, received))

    async with uploads.one(identity.user_id):
        limit = context.settings.upload_megabytes * MEGABYTE
        shown = await upload(request, context, storage, FileFields, limit, keep)
    return Response(orjson.dumps(shown), 201, {"ETag": etag(shown["updated_at"])}, "application/json")


@router.get("/file", response_model=list[FileAnswer])
def list_files(
    scope: ScopeDep,
    listing: FileListing,
    storage: StorageDep,
    team: Annotated[str | None, Query(max_length=100)] = None,
) -> list[Shown]:
    """List the files that the caller sees, newest first. `team` is an id or a slug."""
    if team is None:
        return show_files(scope, storage, listing.show(scope, VISIBLE_FILES))
    return show_files(scope, storage, listing.show(scope, service.OF_TEAM, team=scope.team_id(team)))


@router.get("/file/{file_id}", response_model=list[FileAnswer])
def get_file(file_id: str, scope: ScopeDep, storage: StorageDep, work: WorkDep) -> list[Shown]:
    """Show a file, as a list of one."""
    return _alone(work, show_file(scope, storage, service.get(scope, file_id)))


@router.patch("/file/{file_id}", response_model=list[FileAnswer], responses={403: {}, 412: {}})
def update_file(
    file_id: str, body: FileUpdate, scope: ScopeDep, storage: StorageDep, work: WorkDep
) -> list[Shown]:
    """Change what is said of a file. The answer is a list of one."""
    file = service.get_for_change(scope, file_id)
    require_unchanged(scope, file)
    service.update(scope, file, body)
    return _alone(work, show_file(scope, storage, file))


@router.delete("/file/{file_id}", response_model=list[FileAnswer], responses={403: {}, 412: {}})
def delete_file(file_id: str, scope: ScopeDep, storage: StorageDep) -> list[Shown]:
    """Delete a file. The messages that named it stay."""
    file = service.get_for_change(scope, file_id)
    require_unchanged(scope, file)
    shown = show_file(scope, storage, file)
    files.delete_file(scope.session, file)
    return [shown]


@router.get("/chat/{chat_id}/files", response_model=list[FileAnswer])
def list_chat_files(chat_id: str, scope: ScopeDep, listing: FileListing, storage: StorageDep) -> list[Shown]:
    """List the files that the messages of a chat name, newest first."""
    chat = scope.chat(chat_id)
    return show_files(scope, storage, listing.show(scope, service.OF_CHAT, chat=chat.id))


def _alone(work: WorkDep, shown: Shown) -> list[Shown]:
    work.headers["ETag"] = etag(shown["updated_at"])
    return [shown]
