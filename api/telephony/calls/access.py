"""Who sees and ends which live calls: agents their own, managers their queues', admins the team's."""

from typing import TypeVar

from sqlmodel import col, select

from api.core.scope import Scope
from models import Agent
from switchroom.messages.live import LiveCall, LiveQueue

View = TypeVar("View", bound=LiveCall | LiveQueue)


def may_reach(scope: Scope, team_id: str, views: list[View]) -> list[View]:
    """Return those of a team's live calls that the caller may see and end. A queue stands for the callbacks in it."""
    if scope.is_admin(team_id):
        return views
    mine = select(Agent.id).where(col(Agent.user_id) == scope.user_id, col(Agent.team_id) == team_id)
    own_agents, own_queues = set(scope.session.exec(mine)), set(scope.managed_queue_ids)
    return [
        view
        for view in views
        if view.queue in own_queues or (isinstance(view, LiveCall) and view.agent in own_agents)
    ]
