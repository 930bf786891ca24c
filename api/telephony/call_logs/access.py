"""Who sees which calls: agents their own, managers their queues', admins the team's."""

from sqlmodel import col, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from api.core.errors import NotFound
from api.core.scope import Scope
from models import Agent, CallLog, DidNumber
from switchroom.ids import parse_id


def visible(scope: Scope) -> SelectOfScalar[CallLog]:
    """Select all calls that the caller may see."""
    own_agents = select(Agent.id).where(col(Agent.user_id) == scope.user_id)
    own_numbers = select(DidNumber.id).where(col(DidNumber.user_id) == scope.user_id)
    return scope.select(CallLog).where(
        or_(
            col(CallLog.team_id).in_(scope.admin_team_ids),
            col(CallLog.queue_id).in_(scope.managed_queue_ids),
            col(CallLog.agent_id).in_(own_agents),
            col(CallLog.number_id).in_(own_numbers),
        )
    )


def get_visible(scope: Scope, text: str) -> CallLog:
    """Return one call. Raises NotFound, also for a call that the caller may not see."""
    found = parse_id(text)
    row = scope.session.exec(visible(scope).where(col(CallLog.id) == found)).first() if found else None
    if row is None:
        raise NotFound("call log")
    return row


def require_work(scope: Scope, log: CallLog) -> None:
    """Raise NotFound unless the caller took this call as its agent, manages its queue or administers its team."""
    if log.team_id is None or scope.manages(log.queue_id or "", log.team_id):
        return
    agent = scope.session.get(Agent, log.agent_id) if log.agent_id else None
    if agent is None or agent.user_id != scope.user_id:
        raise NotFound("call log")
