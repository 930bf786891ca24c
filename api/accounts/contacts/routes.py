"""Operations on contacts."""

from api.accounts.contacts import service
from api.accounts.contacts.resource import CONTACT, ContactAnswer
from api.accounts.contacts.schemas import ContactCreate, ContactUpdate
from api.conventions.lists import ListingDep
from api.conventions.resource import Shown
from api.conventions.router import v1_router
from api.core.deps import ScopeDep

router = v1_router(tags=["contacts"])


@router.post("/contact", response_model=ContactAnswer, status_code=201)
def create_contact(body: ContactCreate, scope: ScopeDep) -> Shown:
    """Create a contact."""
    return CONTACT.show(service.create(scope, body))


@router.get("/contact", response_model=list[ContactAnswer])
def list_contacts(scope: ScopeDep, listing: ListingDep) -> list[Shown]:
    """List the caller's own contacts and those of their organizations, oldest first."""
    return listing.show(scope, service.VISIBLE, CONTACT)


@router.get("/contact/{contact_id}", response_model=ContactAnswer)
def get_contact(contact_id: str, scope: ScopeDep) -> Shown:
    """Show a contact."""
    return CONTACT.show(service.get(scope, contact_id))


@router.patch("/contact/{contact_id}", response_model=ContactAnswer)
def update_contact(contact_id: str, body: ContactUpdate, scope: ScopeDep) -> Shown:
    """Change a contact."""
    contact = service.get_for_change(scope, contact_id)
    service.update(scope, contact, body)
    return CONTACT.show(contact)


@router.delete("/contact/{contact_id}", response_model=ContactAnswer)
def delete_contact(contact_id: str, scope: ScopeDep) -> Shown:
    """Delete a contact."""
    contact = service.get_for_change(scope, contact_id)
    service.delete(scope, contact)
    return CONTACT.show(contact)
