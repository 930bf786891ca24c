"""Who sees and controls which live calls: agents and members their own, managers their queues', admins the team's."""

from typing import TypeVar

from api.core.scope import Scope
from switchroom.messages.live import LiveCall, LiveQueue

View = TypeVar("View", bound=LiveCall | LiveQueue)


def may_reach(scope: Scope, team_id: str, views: list[View]) -> list[View]:
    """Return those of a team's live calls that the caller may see and control. A queue stands for the callbacks in it.

    A call is an agent's or a member's own while they are a party of it, or have parked it, and a queue's while it
    waits there, rings or talks to one of its agents.
    """
    if scope.is_admin(team_id):
        return views
    own_agents, own_queues = scope.agent_ids(team_id), scope.managed_queue_ids
    member = scope.memberships[team_id].id

    def own(view: LiveCall) -> bool:
        if view.agent in own_agents or member in view.parked_by:
            return True
        return any(
            party.agent in own_agents or party.member == member or party.queue in own_queues
            for party in view.parties
        )

    return [view for view in views if view.queue in own_queues or (isinstance(view, LiveCall) and own(view))]
