"""Operations on integrations."""

from typing import Annotated

from fastapi import Depends

from api.conventions.lists import Listing, Lists
from api.conventions.resource import Shown
from api.conventions.router import v1_router
from api.core.deps import ContextDep, IdentityDep, IfMatchDep, ScopeDep
from api.integrations.connections import service
from api.integrations.connections.resource import INTEGRATION, IntegrationAnswer
from api.integrations.connections.schemas import IntegrationCreate, IntegrationUpdate

router = v1_router(tags=["integrations"])

IntegrationListing = Annotated[Listing, Depends(Lists(INTEGRATION))]


@router.post("/integration", response_model=IntegrationAnswer, status_code=201, responses={409: {}})
def create_integration(body: IntegrationCreate, identity: IdentityDep, context: ContextDep) -> Shown:
    """Connect the caller's contacts or calendar at a provider. One that is connected already is connected again."""
    return INTEGRATION.show(service.create(context, identity, body))


@router.get("/integration", response_model=list[IntegrationAnswer])
def list_integrations(scope: ScopeDep, listing: IntegrationListing) -> list[Shown]:
    """List the caller's integrations, oldest first."""
    return listing.show(scope, service.OWN)


@router.get("/integration/{integration_id}", response_model=IntegrationAnswer)
def get_integration(integration_id: str, scope: ScopeDep) -> Shown:
    """Show an integration of the caller."""
    return INTEGRATION.show(service.get(scope, integration_id))


@router.patch("/integration/{integration_id}", response_model=IntegrationAnswer)
def update_integration(
    integration_id: str,
    body: IntegrationUpdate,
    identity: IdentityDep,
    if_match: IfMatchDep,
    context: ContextDep,
) -> Shown:
    """Change an integration. A new `code` connects it again."""
    return INTEGRATION.show(service.update(context, identity, if_match, integration_id, body))


@router.delete("/integration/{integration_id}", response_model=IntegrationAnswer)
def delete_integration(integration_id: str, scope: ScopeDep) -> Shown:
    """Delete an integration, and revoke its grant at the provider. Contacts and chats stay. A body is ignored."""
    return INTEGRATION.show(service.delete(scope, integration_id))
