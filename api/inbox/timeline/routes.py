"""Operations on what happened between an organization and a contact, in writing and by telephone."""

from api.conventions.resource import Shown
from api.core.context import Context
from api.core.deps import ContextDep, ScopeDep
from api.core.route import reads
from api.inbox.router import inbox_router
from api.inbox.timeline import service
from api.inbox.timeline.schemas import TimelinePage, TimelineSought
from models.inbox_file import with_links

router = inbox_router("inbox timeline")


@router.post("/timeline", response_model=TimelinePage)
@reads
def get_timeline(body: TimelineSought, scope: ScopeDep, context: ContextDep) -> Shown:
    """List a conversation's messages and notes, and the calls and voicemails of its contact, newest first.

    Of the calls and voicemails only those are there that the caller may see in the team API.
    """
    page = service.page_of(scope, body)
    return {**page, "data": [_linked(context, entry) for entry in page["data"]]}


def _linked(context: Context, entry: Shown) -> Shown:
    message = entry["message"]
    return {**entry, "message": with_links(context.stored.storage, message)} if message else entry
