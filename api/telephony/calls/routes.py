"""Operations on live calls."""

from api.conventions.answers import Nothing
from api.conventions.resource import Shown
from api.conventions.router import v1_router
from api.core.deps import ContextDep, ScopeDep
from api.core.errors import Forbidden, NotFound
from api.core.scope import SUSPENDED
from api.telephony.calls.access import may_reach
from api.telephony.calls.answers import LiveCallAnswer
from api.telephony.live_views import Live, show_call
from models.outbox import emit_command
from switchroom.ids import parse_id
from switchroom.messages.commands import HangUpCall

router = v1_router(tags=["calls"])


@router.get("/team/{team_id}/calls", response_model=list[LiveCallAnswer])
def list_live_calls(team_id: str, scope: ScopeDep, context: ContextDep) -> list[Shown]:
    """List a team's calls that run now, oldest first."""
    team, live = scope.team(team_id), Live(context)
    views = may_reach(scope, team.id, live.calls_of(team.id))
    places = live.places_of(views)
    return [show_call(view, places.get(view.call)) for view in views]


@router.post("/call/{call_id}/hangup", response_model=Nothing, status_code=202)
def hang_up(call_id: str, scope: ScopeDep, context: ContextDep) -> Shown:
    """Ask the engine to end a call or a callback.

    The live calls, the queue and the log show that it has ended.
    """
    id, live = parse_id(call_id), Live(context)
    if id is None:
        raise NotFound("live call")
    # Before the transaction begins: a silent Redis must not hold up other writers.
    view = live.call(id) or live.queue_of_callback(id)
    if view is None or view.team not in scope.team_ids:
        if view is not None and view.team in scope.suspended_team_ids:
            raise Forbidden(SUSPENDED)
        raise NotFound("live call")
    if not may_reach(scope, view.team, [view]):
        raise Forbidden("Only the call's agent, managers of its queue and admins may end it")
    emit_command(scope.session, HangUpCall(call=id, by=scope.user_id))
    return {}
