"""Operations on contacts of the inbox."""

from api.conventions.answers import Nothing
from api.conventions.resource import Shown
from api.core.deps import AddressDep, ScopeDep
from api.core.route import reads
from api.inbox.contacts import service
from api.inbox.contacts.schemas import (
    ContactDetails,
    ContactPage,
    ContactsSought,
    Info,
    InfoAnswer,
    InfoKey,
    Merge,
    OfContact,
    Rename,
)
from api.inbox.router import inbox_router

router = inbox_router("inbox contacts")


@router.post("/contacts", response_model=ContactPage)
@reads
def list_inbox_contacts(body: ContactsSought, scope: ScopeDep) -> Shown:
    """List the contacts of an organization, the newest first."""
    return service.list_contacts(scope, body)


@router.post("/rename-contact", response_model=Nothing, status_code=201)
def rename_contact(body: Rename, scope: ScopeDep) -> Shown:
    """Give a contact a name. The first word becomes the first name, the rest the last name."""
    service.rename(scope, service.find(scope, body.organization_id, body.contact_id), body.name)
    return {}


@router.post("/contact", response_model=ContactDetails)
@reads
def get_inbox_contact(body: OfContact, scope: ScopeDep) -> Shown:
    """Show a contact, also by the id of one that was merged into it."""
    return service.show_details(scope, service.find(scope, body.organization_id, body.contact_id))


@router.post("/merge-contacts", response_model=ContactDetails, responses={409: {}})
def merge_inbox_contacts(body: Merge, scope: ScopeDep, address: AddressDep) -> Shown:
    """Make two contacts one. What both have different stays as the first one has it."""
    return service.show_details(scope, service.merge(scope, body, address))


@router.post("/assign-contact-info", response_model=Nothing, status_code=201)
def assign_contact_info(body: Info, scope: ScopeDep) -> Shown:
    """Set a piece of a contact's info. One that is there is replaced."""
    (contact,) = service.find_for_change(scope, body.organization_id, body.contact_id)
    service.set_info(scope, contact, body.key, body.value, known=False)
    return {}


@router.post("/update-contact-info", response_model=Nothing, status_code=202)
def update_contact_info(body: Info, scope: ScopeDep) -> Shown:
    """Replace a piece of a contact's info, which must be there."""
    (contact,) = service.find_for_change(scope, body.organization_id, body.contact_id)
    service.set_info(scope, contact, body.key, body.value, known=True)
    return {}


@router.post("/delete-contact-info", response_model=Nothing, status_code=202)
def delete_contact_info(body: InfoKey, scope: ScopeDep) -> Shown:
    """Delete a piece of a contact's info."""
    (contact,) = service.find_for_change(scope, body.organization_id, body.contact_id)
    service.remove_info(scope, contact, body.key)
    return {}


@router.post("/contact-info", response_model=InfoAnswer)
@reads
def get_contact_info(body: OfContact, scope: ScopeDep) -> Shown:
    """Show what the organization knows of a contact."""
    return {"info": service.info_of(service.find(scope, body.organization_id, body.contact_id))}
