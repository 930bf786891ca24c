"""Operations on what happened between an organization and a contact, in writing and by telephone."""

from api.conventions.resource import Shown
from api.core.deps import ScopeDep
from api.core.route import reads
from api.inbox.router import inbox_router
from api.inbox.timeline import service
from api.inbox.timeline.schemas import TimelinePage, TimelineSought

router = inbox_router("inbox timeline")


@router.post("/timeline", response_model=TimelinePage)
@reads
def get_timeline(body: TimelineSought, scope: ScopeDep) -> Shown:
    """List a conversation's messages and notes, and the calls and voicemails of its contact, newest first.

    Of the calls and voicemails only those are there that the caller may see in the team API.
    """
    return service.page_of(scope, body)
