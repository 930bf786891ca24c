"""Operations on conversations that queues offer to agents. What came of it is told to clients."""

from api.conventions.answers import Nothing
from api.conventions.resource import Shown
from api.core.deps import ScopeDep
from api.core.route import reads
from api.inbox.fields import OfConversation, OfOrganization
from api.inbox.router import inbox_router
from api.inbox.work import service
from api.inbox.work.schemas import ConversationOffers, WorkTransfer

router = inbox_router("inbox work")


@router.post("/conversation-offers", response_model=ConversationOffers)
@reads
def list_conversation_offers(body: OfOrganization, scope: ScopeDep) -> Shown:
    """List the conversations that the caller is offered now."""
    return {"offers": service.offers(scope, body.organization_id)}


@router.post("/accept-conversation", response_model=Nothing, status_code=202, responses={409: {}})
def accept_conversation(body: OfConversation, scope: ScopeDep) -> Shown:
    """Take a conversation that the caller is offered."""
    service.answer(scope, body.conversation_id, accept=True)
    return {}


@router.post("/decline-conversation", response_model=Nothing, status_code=202, responses={409: {}})
def decline_conversation(body: OfConversation, scope: ScopeDep) -> Shown:
    """Let others have a conversation that the caller is offered."""
    service.answer(scope, body.conversation_id, accept=False)
    return {}


@router.post("/transfer-conversation", response_model=Nothing, status_code=202, responses={409: {}})
def transfer_conversation(body: WorkTransfer, scope: ScopeDep) -> Shown:
    """Give a conversation to an agent, or let it wait in a queue."""
    service.transfer(scope, body)
    return {}
