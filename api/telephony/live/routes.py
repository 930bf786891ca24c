"""One operation for screens that show a whole team."""

from api.conventions.resource import Shown
from api.conventions.router import v1_router
from api.core.deps import ContextDep, ScopeDep
from api.telephony.live import service
from api.telephony.live.answers import TeamLiveAnswer
from api.telephony.live_views import Live

router = v1_router(tags=["live"])


@router.get("/team/{team_id}/live", response_model=TeamLiveAnswer)
def get_team_live(team_id: str, scope: ScopeDep, context: ContextDep) -> Shown:
    """Show what a team's agents, queues and calls do now.

    Admins see everything; managers see their queues, and the agents and calls in them; agents see themselves, their
    queues and their calls. Open the stream of events before, so that no change is missed: its events of
    `ccagentconfig`, `ccqueueconfig` and `call` carry the same objects.
    """
    return service.team_live(scope, Live(context), scope.team_id(team_id))
