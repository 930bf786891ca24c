"""Operations on uploaded prompts: sounds that routes and queues play, and music on hold made of them."""

from typing import Annotated

import orjson
from fastapi import Depends, Request
from sqlmodel import Session
from starlette.responses import Response

from api.conventions.lists import Listing, Lists
from api.conventions.resource import Shown, require_unchanged
from api.conventions.router import v1_router
from api.core.deps import ContextDep, IdentityDep, ScopeDep
from api.core.etags import etag
from api.core.media import StorageDep
from api.core.quotas import MEGABYTE
from api.core.uploads.upload import Received, UploadsDep, scope_now, upload
from api.telephony.prompts import service
from api.telephony.prompts.answers import PromptAnswer
from api.telephony.prompts.resource import PROMPT
from api.telephony.prompts.schemas import FORM, MusicCreate, PromptFields, PromptUpdate
from api.telephony.prompts.views import show_prompt, show_prompts

router = v1_router(tags=["prompts"])

PromptListing = Annotated[Listing, Depends(Lists(PROMPT))]


@router.post(
    "/prompt",
    response_model=PromptAnswer,
    status_code=201,
    openapi_extra={"requestBody": FORM},
    responses={400: {}, 403: {}, 409: {}, 413: {}, 429: {}, 503: {}},
)
async def upload_prompt(
    request: Request, identity: IdentityDep, context: ContextDep, storage: StorageDep, uploads: UploadsDep
) -> Response:
    """Upload a sound, as a form: WAV, MP3, OGG, FLAC or M4A. It is `ready` for calls some seconds later."""

    def keep(session: Session, received: Received[PromptFields]) -> Shown:
        scope = scope_now(session, identity)
        return show_prompt(session, storage, service.keep(scope, context.settings, received))

    async with uploads.one(identity.user_id):
        limit = context.settings.prompt_megabytes * MEGABYTE
        shown = await upload(request, context, storage, PromptFields, limit, keep)
    return Response(orjson.dumps(shown), 201, {"ETag": etag(shown["updated_at"])}, "application/json")


@router.post("/prompt/music", response_model=PromptAnswer, status_code=201, responses={409: {}})
def create_music(body: MusicCreate, scope: ScopeDep, context: ContextDep, storage: StorageDep) -> Shown:
    """Make music on hold of uploaded sounds."""
    return show_prompt(scope.session, storage, service.create_music(scope, context.settings, body))


@router.get("/prompt", response_model=list[PromptAnswer])
def list_prompts(scope: ScopeDep, listing: PromptListing, storage: StorageDep) -> list[Shown]:
    """List the uploaded prompts of the caller's teams, newest first."""
    return show_prompts(scope.session, storage, listing.fetch(scope, service.VISIBLE))


@router.get("/prompt/{prompt_id}", response_model=PromptAnswer)
def get_prompt(prompt_id: str, scope: ScopeDep, storage: StorageDep) -> Shown:
    """Show an uploaded prompt."""
    return show_prompt(scope.session, storage, service.get_visible(scope, prompt_id))


@router.patch("/prompt/{prompt_id}", response_model=PromptAnswer, responses={409: {}})
def update_prompt(prompt_id: str, body: PromptUpdate, scope: ScopeDep, storage: StorageDep) -> Shown:
    """Change an uploaded prompt. Calls hear changed music from the next time on that they are on hold."""
    prompt = service.get_for_change(scope, prompt_id)
    require_unchanged(scope, prompt)
    service.update(scope, prompt, body)
    return show_prompt(scope.session, storage, prompt)


@router.delete("/prompt/{prompt_id}", response_model=PromptAnswer, responses={409: {}})
def delete_prompt(prompt_id: str, scope: ScopeDep, storage: StorageDep) -> Shown:
    """Delete an uploaded prompt that no route, no queue and no music uses."""
    prompt = service.get_for_change(scope, prompt_id)
    require_unchanged(scope, prompt)
    shown = show_prompt(scope.session, storage, prompt)
    service.delete(scope, prompt)
    return shown
