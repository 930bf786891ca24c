"""Operations on who has a conversation open."""

from api.conventions.answers import Nothing
from api.conventions.resource import Shown
from api.core.deps import ContextDep, ScopeDep
from api.core.route import reads
from api.inbox.conversations.service import find
from api.inbox.reading import service
from api.inbox.reading.schemas import Reading
from api.inbox.router import inbox_router

router = inbox_router("inbox conversations")


@router.post("/reading", response_model=Nothing, responses={503: {}})
@reads
def tell_of_reading(body: Reading, scope: ScopeDep, context: ContextDep) -> Shown:
    """Tell colleagues that the caller has a conversation open, or no more. Say it again every 10 seconds.

    It is told over the socket and stored nowhere.
    """
    conversation = find(scope, body.conversation_id)
    context.limiter.hit("60 per minute", "inbox-reading", scope.user_id)
    service.tell(context, conversation, scope.user_id, reading=body.reading)
    return {}
