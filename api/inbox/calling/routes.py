"""Operations that join the telephone and the inbox: who has a number, and calling a contact back."""

from api.conventions.resource import Shown
from api.core.deps import ContextDep, ScopeDep
from api.core.route import reads
from api.inbox.calling import service
from api.inbox.calling.schemas import CallBack, NumberSought, PlacedCall
from api.inbox.contacts.schemas import ContactDetails
from api.inbox.contacts.service import show_details
from api.inbox.router import inbox_router
from api.telephony.calls.placing import place_call
from api.telephony.live_views import Live
from switchroom.ids import dashed_id

router = inbox_router("inbox calls")


@router.post("/find-contact", response_model=ContactDetails)
@reads
def find_contact_by_number(body: NumberSought, scope: ScopeDep) -> Shown:
    """Show the contact with a telephone number, in any of its spellings."""
    return show_details(scope, service.contact_with(scope, body))


@router.post("/call-contact", response_model=PlacedCall, status_code=202, responses={409: {}})
def call_contact(body: CallBack, scope: ScopeDep, context: ContextDep) -> Shown:
    """Call a conversation's contact from one's own telephone, which rings first.

    The rules are those of `POST /v1/call`. The message of a 409 ends with the reason.
    """
    conversation, number = service.number_to_call(scope, body)
    call = place_call(scope, context.settings, Live(context), number, conversation.team_id)
    return {"call_id": dashed_id(call)}
