"""Operations on mailboxes: one for each user, department, queue and team. It is there as long as its owner is."""

from functools import partial
from typing import Annotated

import orjson
from fastapi import Depends, Request
from sqlmodel import Session
from starlette.responses import Response

from api.conventions.lists import Listing, Lists
from api.conventions.resource import Shown, require_unchanged
from api.conventions.router import v1_router
from api.core.context import run_on
from api.core.deps import ContextDep, IdentityDep, ScopeDep
from api.core.etags import etag
from api.core.media import StorageDep
from api.core.quotas import MEGABYTE
from api.core.scope import Scope
from api.core.uploads.upload import Received, UploadsDep, scope_now, upload
from api.telephony.mailboxes import access, service
from api.telephony.mailboxes.answers import MailboxAnswer
from api.telephony.mailboxes.resource import MAILBOX
from api.telephony.mailboxes.schemas import FORM, GreetingFields, MailboxUpdate
from api.telephony.mailboxes.views import show_mailbox, show_mailboxes

router = v1_router(tags=["mailboxes"])

MailboxListing = Annotated[Listing, Depends(Lists(MAILBOX))]


@router.get("/mailbox", response_model=list[MailboxAnswer])
def list_mailboxes(scope: ScopeDep, listing: MailboxListing, storage: StorageDep) -> list[Shown]:
    """List the mailboxes that the caller looks after."""
    return show_mailboxes(scope.session, storage, listing.fetch(scope, access.VISIBLE))


@router.get("/mailbox/{mailbox_id}", response_model=MailboxAnswer)
def get_mailbox(mailbox_id: str, scope: ScopeDep, storage: StorageDep) -> Shown:
    """Show a mailbox and its settings."""
    return show_mailbox(scope.session, storage, access.get_visible(scope, mailbox_id))


@router.patch("/mailbox/{mailbox_id}", response_model=MailboxAnswer, responses={409: {}})
def update_mailbox(mailbox_id: str, body: MailboxUpdate, scope: ScopeDep, storage: StorageDep) -> Shown:
    """Change a mailbox: users their own, managers their queues', admins every one of the team."""
    mailbox = access.get_for_change(scope, mailbox_id)
    pin_hash = service.hashed(body)
    require_unchanged(scope, mailbox)
    service.update(scope, mailbox, body, pin_hash)
    scope.session.flush()
    return show_mailbox(scope.session, storage, mailbox)


@router.post(
    "/mailbox/{mailbox_id}/greeting/{kind}",
    response_model=MailboxAnswer,
    status_code=201,
    openapi_extra={"requestBody": FORM},
    responses={400: {}, 403: {}, 404: {}, 409: {}, 413: {}, 429: {}, 503: {}},
)
async def upload_greeting(
    mailbox_id: str,
    kind: str,
    request: Request,
    identity: IdentityDep,
    context: ContextDep,
    storage: StorageDep,
    uploads: UploadsDep,
) -> Response:
    """Upload a greeting, as a form: WAV, MP3, OGG, FLAC or M4A. `kind`: unavailable, busy, temporary or name."""
    wanted = service.greeting_kind(kind)
    # Before the form is read: who may not change the mailbox uploads nothing.
    may = partial(context.read, lambda session: access.get_for_change(Scope(session, identity), mailbox_id))
    await run_on(context.pools.reads, may)

    def keep(session: Session, received: Received[GreetingFields]) -> Shown:
        scope = scope_now(session, identity)
        mailbox = service.keep_greeting(scope, context.settings, mailbox_id, wanted, received)
        session.flush()
        return show_mailbox(session, storage, mailbox)

    async with uploads.one(identity.user_id):
        limit = context.settings.prompt_megabytes * MEGABYTE
        shown = await upload(request, context, storage, GreetingFields, limit, keep)
    return Response(orjson.dumps(shown), 201, {"ETag": etag(shown["updated_at"])}, "application/json")


@router.delete("/mailbox/{mailbox_id}/greeting/{kind}", response_model=MailboxAnswer)
def remove_greeting(mailbox_id: str, kind: str, scope: ScopeDep, storage: StorageDep) -> Shown:
    """Remove a greeting: callers hear the usual one again. `kind`: unavailable, busy, temporary or name."""
    mailbox = access.get_for_change(scope, mailbox_id)
    require_unchanged(scope, mailbox)
    service.remove_greeting(scope.session, mailbox, service.greeting_kind(kind))
    scope.session.flush()
    return show_mailbox(scope.session, storage, mailbox)
