"""Who sees which calls: members and agents their own, managers their queues', admins the team's."""

from sqlmodel import col, or_, select

from api.core.errors import NotFound
from api.core.scope import ADMIN_TEAMS, MANAGED_QUEUES, USER, Scope, of_callers_teams
from models import Agent, CallLog, CallMember, DidNumber, TeamUser
from switchroom.ids import parse_id

VISIBLE = of_callers_teams(CallLog).where(
    or_(
        col(CallLog.team_id).in_(ADMIN_TEAMS),
        col(CallLog.queue_id).in_(MANAGED_QUEUES),
        col(CallLog.agent_id).in_(select(Agent.id).where(col(Agent.user_id) == USER)),
        col(CallLog.number_id).in_(select(DidNumber.id).where(col(DidNumber.user_id) == USER)),
        col(CallLog.id).in_(
            select(CallMember.call_id)
            .join(TeamUser, col(TeamUser.id) == col(CallMember.member_id))
            .where(col(TeamUser.user_id) == USER)
        ),
    )
)
"""All calls that the caller may see."""


def get_visible(scope: Scope, text: str) -> CallLog:
    """Return one call. Raises NotFound, also for a call that the caller may not see."""
    found = parse_id(text)
    mine = VISIBLE.where(col(CallLog.id) == found)
    row: CallLog | None = scope.session.exec(mine, params=scope.values).first() if found else None
    if row is None:
        scope.require_not_suspended(CallLog, found)
        raise NotFound("call log")
    return row


def require_work(scope: Scope, log: CallLog) -> None:
    """Raise NotFound unless the caller took this call as its agent, manages its queue or administers its team."""
    if log.team_id is None or scope.manages(log.queue_id or "", log.team_id):
        return
    agent = scope.session.get(Agent, log.agent_id) if log.agent_id else None
    if agent is None or agent.user_id != scope.user_id:
        raise NotFound("call log")
