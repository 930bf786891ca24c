"""What is done with agents. Each change reaches the engine through the outbox of its own transaction."""

from sqlmodel import Session, col, select

from api.conventions.body import apply
from api.conventions.names import is_taken
from api.core.errors import Conflict, Forbidden, ValidationFailed
from api.core.scope import Scope
from api.telephony.agents.schemas import AgentCreate, AgentUpdate
from api.telephony.call_routes.overflow import queues_that_overflow_to
from api.telephony.call_routes.references import routes_that_name
from api.telephony.queues import service as queues
from models import Agent, QueueAgent, TeamUser
from models.outbox import emit_command
from switchroom.ids import public_id
from switchroom.messages.commands import ReloadConfig

_ADMINS = frozenset({"capacity", "schedule"})
"""What agents do not change themselves."""


def create(scope: Scope, body: AgentCreate) -> Agent:
    """Create an agent of a team that the caller administers. Raises ValidationFailed, Forbidden, Conflict."""
    team_id = scope.team_for(_team_of(scope, body))
    scope.require_admin(team_id)
    member = scope.member_named(team_id, body.user, "user")
    _require_free_name(scope.session, member, body.name)
    agent = Agent(
        team_id=team_id,
        user_id=member.user_id,
        name=body.name,
        capacity=body.capacity,
        schedule=None if body.schedule is None else {str(day): it for day, it in body.schedule.items()},
    )
    scope.session.add(agent)
    scope.session.flush()
    changed(scope.session, agent.id)
    return agent


def update(scope: Scope, agent: Agent, body: AgentUpdate) -> None:
    """Assign what was sent. Admins may change all, and agents their own name. Raises Forbidden, Conflict."""
    changes = body.changes()
    if not scope.is_admin(agent.team_id) and (agent.user_id != scope.user_id or changes.keys() & _ADMINS):
        raise Forbidden("Only an admin of the team may do this")
    if "name" in changes and changes["name"] != agent.name:
        _require_free_name(scope.session, agent, changes["name"])
    scope.session.add(apply(agent, changes))
    scope.session.flush()
    changed(scope.session, agent.id)


def delete(scope: Scope, agent: Agent) -> None:
    """Delete the agent and take them out of their queues. Raises Conflict, which lists what rings them."""
    routes = routes_that_name(scope.session, agent.team_id, agent.id)
    overflows = queues_that_overflow_to(scope.session, agent.team_id, agent.id)
    if routes or overflows:
        raise Conflict(
            "The agent is in use",
            queues=overflows,
            routes=[{"id": public_id(route.id), "name": route.name} for route in routes],
        )
    places = scope.session.exec(select(QueueAgent).where(QueueAgent.agent_id == agent.id)).all()
    for place in places:
        scope.session.delete(place)
    scope.session.flush()
    scope.session.delete(agent)
    changed(scope.session, agent.id)
    for place in places:
        queues.changed(scope.session, place.queue_id)


def require_view(scope: Scope, agent: Agent) -> None:
    """Raise Forbidden unless the caller is the agent, manages one of their queues or administers their team."""
    if agent.user_id != scope.user_id and not manages(scope, agent):
        raise Forbidden("Only the agent, managers of their queues and admins may do this")


def manages(scope: Scope, agent: Agent) -> bool:
    """Say whether the caller administers the team or manages one of the agent's queues."""
    if scope.is_admin(agent.team_id):
        return True
    shared = select(QueueAgent.id).where(
        QueueAgent.agent_id == agent.id, col(QueueAgent.queue_id).in_(scope.managed_queue_ids)
    )
    return scope.session.exec(shared).first() is not None


def changed(session: Session, agent_id: str) -> None:
    """Tell the engine to load the agent again."""
    emit_command(session, ReloadConfig(kind="agent", id=agent_id))


def _team_of(scope: Scope, body: AgentCreate) -> str | None:
    """Return the team as sent, else the only one that the caller shares with the user."""
    if body.team is not None:
        return body.team
    theirs = scope.session.exec(
        scope.select(TeamUser).where((TeamUser.user_id == body.user) | (TeamUser.id == body.user))
    ).all()
    teams = {member.team_id for member in theirs}
    if not teams:
        raise ValidationFailed({"user": "No such user in your teams"})
    return teams.pop() if len(teams) == 1 else None


def _require_free_name(session: Session, owner: Agent | TeamUser, name: str) -> None:
    others = (
        col(Agent.team_id) == owner.team_id,
        col(Agent.user_id) == owner.user_id,
        col(Agent.id) != owner.id,
    )
    if is_taken(session, Agent.name, name, *others):
        raise Conflict("The user has an agent of this name", name=name)
