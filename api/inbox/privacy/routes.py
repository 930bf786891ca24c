"""Operations for the privacy of contacts: a copy of their data, and its erasure. Admins may."""

from api.conventions.resource import Shown
from api.core.deps import AddressDep, ScopeDep
from api.core.media import StorageDep
from api.core.route import reads
from api.inbox.contacts.schemas import OfContact
from api.inbox.pages import PagedOfOrganization
from api.inbox.privacy import service
from api.inbox.privacy.schemas import Demanded, OfRequest, PrivacyFile, PrivacyPage
from api.inbox.router import inbox_router
from models import PrivacyKind
from switchroom.ids import dashed_id

router = inbox_router("inbox privacy")


@router.post("/export-contact", response_model=Demanded, status_code=202)
def export_contact(body: OfContact, scope: ScopeDep, address: AddressDep) -> Shown:
    """Let a worker put all that the organization has of a contact into a ZIP file. It is kept for seven days."""
    return {"request_id": dashed_id(service.demand(scope, body, PrivacyKind.EXPORT, address).id)}


@router.post("/erase-contact", response_model=Demanded, status_code=202)
def erase_contact(body: OfContact, scope: ScopeDep, address: AddressDep) -> Shown:
    """Let a worker erase what the organization has of a contact. It cannot be undone.

    Messages, notes, recordings, voicemails and transcripts are deleted. Calls stay in the call log without the
    contact's number and name.
    """
    return {"request_id": dashed_id(service.demand(scope, body, PrivacyKind.ERASURE, address).id)}


@router.post("/privacy-requests", response_model=PrivacyPage)
@reads
def list_privacy_requests(body: PagedOfOrganization, scope: ScopeDep) -> Shown:
    """List the exports and erasures of an organization, the newest first."""
    return service.list_requests(scope, body)


@router.post("/privacy-request", response_model=PrivacyFile)
def get_privacy_request(body: OfRequest, scope: ScopeDep, storage: StorageDep, address: AddressDep) -> Shown:
    """Show what came of an export or an erasure, with a URL of the file. Who fetches it is written down."""
    return service.show_file(scope, storage, body, address)
