"""Who sees which calls: members and agents their own, managers their queues', admins the team's."""

from sqlmodel import col, or_, select

from api.core.errors import NotFound
from api.core.scope import ADMIN_TEAMS, MANAGED_QUEUES, USER, Scope, of_callers_teams
from models import Agent, CallLog, CallMember, DidNumber, TeamUser
from switchroom.ids import parse_id
from switchroom.messages.live import LiveCall

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


def agent_of_work(scope: Scope, log: CallLog) -> str:
    """Return the agent whose work after the call it is: the caller as an agent who talked in it.

    For one who manages its queue or administers its team, it is the agent who took the call; empty: no agent did.
    Raises NotFound for others.
    """
    talked = {leg.get("agent") for leg in log.legs if leg.get("answered_at")} | {log.agent_id}
    own = scope.agent_ids(log.team_id) & talked if log.team_id else frozenset()
    if own:
        return log.agent_id if log.agent_id in own else min(own)
    if log.team_id is None or scope.manages(log.queue_id or "", log.team_id):
        return log.agent_id or ""
    raise NotFound("call log")


def agent_of_part(scope: Scope, view: LiveCall) -> tuple[str, str | None]:
    """Return the caller as an agent who has talked in a call that goes on, and its team. Raises NotFound if they have
    not."""
    own = (
        scope.agent_ids(view.team)
        if view.team in scope.memberships and view.team is not None
        else frozenset()
    )
    talked = own & set(view.talked)
    if not talked:
        raise NotFound("call")
    return min(talked), view.team
