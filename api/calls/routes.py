"""Operations on live calls."""

from typing import Any

from fastapi import APIRouter

from api.calls.access import may_reach
from api.deps import ContextDep, ScopeDep
from api.errors import Forbidden, NotFound
from api.live import Live, show_call
from models.outbox import emit_command
from switchroom.ids import parse_id

router = APIRouter(tags=["calls"])


@router.get("/team/{team_id}/calls")
def list_live_calls(team_id: str, scope: ScopeDep, context: ContextDep) -> list[dict[str, Any]]:
    """The calls that run now, oldest first."""
    team = scope.team(team_id)
    return [show_call(view) for view in may_reach(scope, team.id, Live(context).calls_of(team.id))]


@router.post("/call/{call_id}/hangup", status_code=202)
def hang_up(call_id: str, scope: ScopeDep, context: ContextDep) -> dict[str, Any]:
    """The engine ends the call; that it has shows in the live calls and the log."""
    # Before the transaction begins: a silent Redis must not hold up other writers.
    view = Live(context).get("call", parse_id(call_id) or "")
    if view is None or view["team"] not in scope.team_ids:
        raise NotFound("live call")
    if not may_reach(scope, view["team"], [view]):
        raise Forbidden("Only the call's agent, managers of its queue and admins may end it")
    emit_command(scope.session, {"type": "hang-up", "call": view["call"], "by": scope.user_id})
    return {}
