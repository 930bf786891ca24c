"""What a team may dial in the telephone network, and what it dialled today."""

from api.accounts.audit import actor_of
from api.conventions.resource import Shown
from api.conventions.router import v1_router
from api.core.deps import AddressDep, ContextDep, ScopeDep
from api.telephony.live_views import Live
from api.telephony.outbound import service
from api.telephony.outbound.answers import OutboundAnswer
from api.telephony.outbound.schemas import OutboundNarrow
from models import DecidedBy

router = v1_router(tags=["outbound calls"])


@router.get("/team/{team_id}/outbound", response_model=OutboundAnswer)
def get_outbound(team_id: str, scope: ScopeDep, context: ContextDep) -> Shown:
    """Show what the team may dial, and what it dialled today. Only admins may."""
    team = scope.team(team_id)
    scope.require_admin(team.id)
    return service.show(scope.session, context.settings, Live(context), team)


@router.put("/team/{team_id}/outbound", response_model=OutboundAnswer)
def narrow_outbound(
    team_id: str, body: OutboundNarrow, scope: ScopeDep, context: ContextDep, address: AddressDep
) -> Shown:
    """Replace the team's own limits. They narrow what the operator allows; what would widen it has no effect."""
    team = scope.team(team_id)
    scope.require_admin(team.id)
    actor = actor_of(scope, address)
    service.decide(scope.session, actor, team.id, DecidedBy.TEAM, body.model_dump(mode="json"))
    scope.session.flush()
    return service.show(scope.session, context.settings, Live(context), team)
