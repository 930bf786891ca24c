"""Operations on contacts."""

from typing import Annotated

from fastapi import Depends

from api.accounts.contacts import service
from api.accounts.contacts.resource import CONTACT, ContactAnswer
from api.accounts.contacts.schemas import ContactCreate, ContactUpdate
from api.conventions.lists import Listing, Lists
from api.conventions.resource import Shown, require_unchanged
from api.conventions.router import v1_router
from api.core.deps import ScopeDep
from api.core.scope import Scope
from models import Contact
from models.contact import tell_of_contact

router = v1_router(tags=["contacts"])

ContactListing = Annotated[Listing, Depends(Lists(CONTACT))]


@router.post("/contact", response_model=ContactAnswer, status_code=201, responses={409: {}})
def create_contact(body: ContactCreate, scope: ScopeDep) -> Shown:
    """Create a contact."""
    return _told(scope, "created", service.create(scope, body))


@router.get("/contact", response_model=list[ContactAnswer])
def list_contacts(scope: ScopeDep, listing: ContactListing) -> list[Shown]:
    """List the caller's own contacts and those of their organizations, oldest first."""
    return listing.show(scope, service.VISIBLE)


@router.get("/contact/{contact_id}", response_model=ContactAnswer)
def get_contact(contact_id: str, scope: ScopeDep) -> Shown:
    """Show a contact."""
    return CONTACT.show(service.get(scope, contact_id))


@router.patch("/contact/{contact_id}", response_model=ContactAnswer, responses={409: {}})
def update_contact(contact_id: str, body: ContactUpdate, scope: ScopeDep) -> Shown:
    """Change a contact."""
    contact = service.get_for_change(scope, contact_id)
    require_unchanged(scope, contact)
    service.update(scope, contact, body)
    return _told(scope, "updated", contact)


@router.delete("/contact/{contact_id}", response_model=ContactAnswer, responses={409: {}})
def delete_contact(contact_id: str, scope: ScopeDep) -> Shown:
    """Delete a contact."""
    contact = service.get_for_change(scope, contact_id)
    require_unchanged(scope, contact)
    service.delete(scope, contact)
    return _told(scope, "destroyed", contact)


def _told(scope: Scope, verb: str, contact: Contact) -> Shown:
    """Tell who sees the contact, and show it."""
    tell_of_contact(scope.session, verb, contact)
    return CONTACT.show(contact)
