"""Operations on the messages of conversations."""

from api.conventions.resource import Shown
from api.core.deps import ContextDep, ScopeDep
from api.core.route import reads
from api.inbox.messages import service
from api.inbox.messages.answers import MessagePage, Sent
from api.inbox.messages.schemas import MessagesSought, MessageToSend, TemplateToSend
from api.inbox.router import inbox_router
from models.inbox_file import with_links
from switchroom.ids import dashed_id

router = inbox_router("inbox messages")


@router.post("/messages", response_model=MessagePage)
@reads
def list_conversation_messages(body: MessagesSought, scope: ScopeDep, context: ContextDep) -> Shown:
    """List the messages of a conversation, newest first."""
    page = service.list_messages(scope, body)
    return {**page, "data": [with_links(context.stored.storage, one) for one in page["data"]]}


@router.post("/send-message", response_model=Sent, responses={409: {}})
def send_message_to_contact(body: MessageToSend, scope: ScopeDep, context: ContextDep) -> Shown:
    """Send a message to a conversation's contact. Whether it was delivered is told over the socket."""
    return {"message_id": dashed_id(service.send(scope, context, body).id)}


@router.post("/send-template-message", response_model=Sent, responses={409: {}})
def send_template_message(body: TemplateToSend, scope: ScopeDep, context: ContextDep) -> Shown:
    """Send a message that is made of a template."""
    return {"message_id": dashed_id(service.send_template(scope, context, body).id)}
