"""Desk phones: links by which they fetch their configuration."""

from typing import Annotated

from fastapi import Path
from starlette.responses import Response

from api.accounts.audit import actor_of, record
from api.accounts.provisioning import service
from api.accounts.provisioning.answers import ProvisioningAnswer
from api.accounts.provisioning.schemas import ProvisioningCreate
from api.conventions.openapi import shows_text
from api.conventions.resource import Shown
from api.conventions.router import v1_router
from api.core.deps import AddressDep, ContextDep, ScopeDep
from api.core.route import router as operations
from models.shown import show_time
from switchroom.ids import public_id

router = v1_router(tags=["desk phones"])
files_router = operations("/provision", tags=["desk phones"])

_TEXT = shows_text("account.1.user_name = e101t0123456789ab\n", "text/plain")


@router.post(
    "/team/{team_id}/users/{user_id}/provisioning",
    response_model=ProvisioningAnswer,
    status_code=201,
    responses={409: {}},
)
def create_provisioning_link(
    team_id: str,
    user_id: str,
    body: ProvisioningCreate,
    scope: ScopeDep,
    context: ContextDep,
    address: AddressDep,
) -> Shown:
    """Make a link by which a desk phone of the member fetches its configuration, once, within a day.

    Admins may, and members for themselves.
    """
    context.limiter.hit("30 per minute", "provisioning", scope.user_id)
    member = scope.member(scope.team_id(team_id), user_id)
    if member.user_id != scope.user_id:
        scope.require_admin(member.team_id)
    link, url = service.make_link(scope.session, context.settings, member, body.vendor)
    actor = actor_of(scope, address)
    record(
        scope.session, actor, "phone link made", member.user_id, team_id=member.team_id, vendor=link.vendor
    )
    return {
        "id": public_id(link.id),
        "vendor": link.vendor,
        "url": url,
        "expires_at": show_time(link.expires_at),
    }


@files_router.get("/{token}/{filename}", response_class=Response, responses=_TEXT)
def get_phone_configuration(
    token: Annotated[str, Path(max_length=100)],
    filename: Annotated[str, Path(max_length=100)],
    context: ContextDep,
    address: AddressDep,
) -> Response:
    """Give a phone its configuration. The link works once: for ten minutes after the first time."""
    context.limiter.hit("60 per minute", "provision", address)
    text, kind = context.write(lambda session: service.fetch(session, context.settings, token, filename))
    return Response(text, media_type=kind, headers={"Cache-Control": "no-store"})
