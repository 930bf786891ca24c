"""Operations on files of messages."""

import orjson
from fastapi import Request
from sqlmodel import Session
from starlette.responses import Response

from api.conventions.resource import Shown
from api.core.deps import ContextDep, IdentityDep, ScopeDep
from api.core.media import StorageDep
from api.core.quotas import MEGABYTE
from api.core.route import reads
from api.core.uploads.upload import Received, UploadsDep, scope_now, upload
from api.inbox.attachments import service
from api.inbox.attachments.schemas import FORM, FileFields, FileSought, InboxFileAnswer
from api.inbox.router import inbox_router

router = inbox_router("inbox attachments")


@router.post(
    "/upload-attachment",
    response_model=InboxFileAnswer,
    status_code=201,
    openapi_extra={"requestBody": FORM},
    responses={400: {}, 404: {}, 409: {}, 413: {}, 429: {}, 503: {}},
)
async def upload_attachment(
    request: Request, identity: IdentityDep, context: ContextDep, storage: StorageDep, uploads: UploadsDep
) -> Response:
    """Upload a file to send to a contact, as a form. `/send-message` names it by its id, within a day."""

    def keep(session: Session, received: Received[FileFields]) -> Shown:
        return service.show(storage, service.keep(scope_now(session, identity), context.settings, received))

    async with uploads.one(identity.user_id):
        limit = context.settings.inbox_attachment_megabytes * MEGABYTE
        shown = await upload(request, context, storage, FileFields, limit, keep)
    return Response(orjson.dumps(shown), 201, media_type="application/json")


@router.post("/attachment", response_model=InboxFileAnswer)
@reads
def get_attachment(body: FileSought, scope: ScopeDep, context: ContextDep) -> Shown:
    """Return a new link to a file of a message: the link in a message is good for an hour."""
    return service.show(context.stored.storage, service.find(scope, body.file_id))
