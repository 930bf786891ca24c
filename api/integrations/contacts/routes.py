"""Operations on the contacts of an integration. They are changed at `/contact`."""

from typing import Annotated

from fastapi import Depends
from sqlalchemy import bindparam
from sqlmodel import col

from api.accounts.contacts import service as contacts
from api.accounts.contacts.resource import CONTACT, ContactAnswer
from api.conventions.lists import Listing, Lists
from api.conventions.resource import Shown
from api.conventions.router import v1_router
from api.core.deps import ScopeDep
from api.core.errors import NotFound
from api.integrations.connections import service
from models import Contact, ContactLink
from switchroom.ids import parse_id

router = v1_router(tags=["integration contacts"])

ContactListing = Annotated[Listing, Depends(Lists(CONTACT))]
OF_INTEGRATION = contacts.VISIBLE.join(
    ContactLink,
    (col(ContactLink.contact_id) == col(Contact.id))
    & (col(ContactLink.integration_id) == bindparam("integration")),
)


@router.get("/integration/{integration_id}/contacts", response_model=list[ContactAnswer])
def list_integration_contacts(integration_id: str, scope: ScopeDep, listing: ContactListing) -> list[Shown]:
    """List the contacts of an integration of the caller, oldest first."""
    integration = service.get(scope, integration_id)
    return listing.show(scope, OF_INTEGRATION, integration=integration.id)


@router.get("/integration/{integration_id}/contacts/{contact_id}", response_model=ContactAnswer)
def get_integration_contact(integration_id: str, contact_id: str, scope: ScopeDep) -> Shown:
    """Show a contact of an integration of the caller."""
    integration, found = service.get(scope, integration_id), parse_id(contact_id)
    one = OF_INTEGRATION.where(col(Contact.id) == found)
    named = {**scope.values, "integration": integration.id}
    contact = scope.session.exec(one, params=named).first() if found else None
    if contact is None:
        raise NotFound("contact")
    return CONTACT.show(contact)
