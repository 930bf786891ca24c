"""What colleagues see of each other: who is available, rings, talks."""

from api.conventions.resource import Shown
from api.conventions.router import v1_router
from api.core.deps import ContextDep, ScopeDep
from api.telephony.live_views import Live
from api.telephony.presence import service
from api.telephony.presence.answers import PresenceAnswer

router = v1_router(tags=["presence"])


@router.get("/team/{team_id}/presence", response_model=list[PresenceAnswer])
def list_presence(team_id: str, scope: ScopeDep, context: ContextDep) -> list[Shown]:
    """List the states of a team's members: available, ringing, on-call, dnd, away or offline."""
    return service.show_all(scope.session, Live(context), scope.team_id(team_id))
