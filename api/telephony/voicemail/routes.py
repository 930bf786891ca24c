"""Operations on voicemails."""

from typing import Annotated

from fastapi import Depends, Query

from api.conventions.lists import Listing, Lists
from api.conventions.resource import Shown
from api.conventions.router import v1_router
from api.core.deps import AddressDep, ContextDep, IdentityDep, ScopeDep
from api.core.media import StorageDep, audit_voicemails
from api.core.route import waits
from api.telephony.owner import OwnerDep
from api.telephony.voicemail import access, service
from api.telephony.voicemail.answers import VoicemailAnswer
from api.telephony.voicemail.resource import VOICEMAIL
from api.telephony.voicemail.schemas import VoicemailForward, VoicemailUpdate

router = v1_router(tags=["voicemail"])

VoicemailListing = Annotated[Listing, Depends(Lists(VOICEMAIL))]


@router.get("/voicemail", response_model=list[VoicemailAnswer])
@waits
def list_voicemails(
    scope: ScopeDep,
    owner: OwnerDep,
    listing: VoicemailListing,
    context: ContextDep,
    storage: StorageDep,
    address: AddressDep,
    read: Annotated[bool | None, Query()] = None,
) -> list[Shown]:
    """List voicemails, newest first. Empty ones only if `state` is asked for. Whoever gets a URL of audio is noted.

    `read`: only those that were heard, or that were not. `mailbox`: only those of a user, department, queue or team.
    """
    chosen = access.visible_of if "state" in listing.filters else access.messages_of
    visible, values = chosen[read](owner)
    rows = listing.fetch(scope, visible, **values)
    shown = [service.show_voicemail(row, storage) for row in rows]
    heard = [row.id for row, answer in zip(rows, shown, strict=True) if answer["url"]]
    audit_voicemails(context, heard, scope.user_id, address)
    return shown


@router.get("/voicemail/{voicemail_id}", response_model=VoicemailAnswer)
@waits
def get_voicemail(
    voicemail_id: str, scope: ScopeDep, context: ContextDep, storage: StorageDep, address: AddressDep
) -> Shown:
    """Show a voicemail. Whoever gets the URL of its audio is noted."""
    row = access.get_visible(scope, voicemail_id)
    shown = service.show_voicemail(row, storage)
    audit_voicemails(context, [row.id] if shown["url"] else [], scope.user_id, address)
    return shown


@router.patch("/voicemail/{voicemail_id}", response_model=VoicemailAnswer)
def update_voicemail(voicemail_id: str, body: VoicemailUpdate, scope: ScopeDep) -> Shown:
    """Mark a voicemail as heard or not, or as saved. The answer has no URL."""
    row = access.get_visible(scope, voicemail_id)
    if "read" in body.model_fields_set:
        service.set_read(scope.session, row, body.read)
    if "saved" in body.model_fields_set:
        service.set_saved(scope.session, row, body.saved)
    return service.show_voicemail(row, None)


@router.post(
    "/voicemail/{voicemail_id}/forward",
    response_model=VoicemailAnswer,
    status_code=201,
    responses={409: {}},
)
def forward_voicemail(voicemail_id: str, body: VoicemailForward, scope: ScopeDep) -> Shown:
    """Put a copy of a voicemail into another mailbox of the team. Its audio is there some seconds later."""
    row = access.get_visible(scope, voicemail_id)
    return service.show_voicemail(service.forward(scope, row, body.mailbox), None)


@router.delete("/voicemail/{voicemail_id}", response_model=VoicemailAnswer)
def delete_voicemail(
    voicemail_id: str, identity: IdentityDep, context: ContextDep, storage: StorageDep
) -> Shown:
    """Delete a voicemail and its audio."""
    return service.delete(context, storage, identity, voicemail_id)
