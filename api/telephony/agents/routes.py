"""Operations on agents."""

from typing import Annotated

from fastapi import Depends
from sqlalchemy import bindparam
from sqlmodel import Session, col

from api.conventions.lists import Listing, Lists
from api.conventions.populate import Populate, populates
from api.conventions.resource import Shown, require_unchanged
from api.conventions.router import v1_router
from api.conventions.told import tell
from api.core.deps import ContextDep, IdentityDep, IfMatchDep, ScopeDep
from api.core.errors import Conflict, NotFound, Unavailable
from api.core.scope import Scope, of_callers_teams
from api.telephony.agents import service
from api.telephony.agents.answers import AgentAnswer, AgentLiveAnswer, AgentWithState
from api.telephony.agents.live import agent_live
from api.telephony.agents.resource import AGENT
from api.telephony.agents.schemas import AgentCreate, AgentUpdate, StatusSet
from api.telephony.agents.status import set_status
from api.telephony.agents.views import show_agent, show_agents, show_state
from api.telephony.live_views import Live
from models import Agent, TeamUser
from switchroom.ids import parse_id
from switchroom.messages.events import to_team

router = v1_router(tags=["agents"])
MODEL = "ccagentconfig"
"""What clients are told that an agent is."""

AgentListing = Annotated[Listing, Depends(Lists(AGENT))]
PopulateDep = Annotated[Populate, Depends(populates("queues", "user"))]


@router.post("/CCAgentConfig", response_model=AgentAnswer, status_code=201, responses={409: {}})
def create_agent(body: AgentCreate, scope: ScopeDep) -> Shown:
    """Create an agent for a member of a team."""
    agent = service.create(scope, body)
    return tell(scope.session, MODEL, "created", show_agent(scope.session, agent), to_team(agent.team_id))


@router.post("/CCAgentConfig/{agent_id}/setstatus", response_model=AgentWithState)
def set_agent_status(agent_id: str, body: StatusSet, identity: IdentityDep, context: ContextDep) -> Shown:
    """Set an agent's status, in all queues or in one.

    `live` is what the engine knew just before. The change reaches the engine right after it is committed.
    """

    def change(session: Session) -> Shown:
        scope = Scope(session, identity)
        agent = scope.get(Agent, agent_id, "agent")
        service.require_view(scope, agent)
        set_status(session, agent, body, scope.user_id)
        session.flush()
        return tell(session, MODEL, "updated", show_agent(session, agent), to_team(agent.team_id))

    # Redis is asked outside of the transaction: while it is silent, no other writer may wait.
    live = _state_if_known(context, agent_id)
    return {**context.write(change), "live": live}


@router.get("/CCAgentConfig/{agent_id}/live", response_model=AgentLiveAnswer)
def get_agent_live(agent_id: str, scope: ScopeDep, context: ContextDep) -> Shown:
    """Show what an agent's screen needs: status, call and queues."""
    agent = scope.row(Agent, agent_id, "agent")
    service.require_view(scope, agent)
    return agent_live(scope.session, Live(context), agent)


@router.get("/CCAgentConfig/{agent_id}", response_model=AgentAnswer)
def get_agent(agent_id: str, scope: ScopeDep, populate: PopulateDep) -> Shown:
    """Show an agent."""
    return show_agent(scope.session, scope.get(Agent, agent_id, "agent"), populate)


_OF_MEMBER = of_callers_teams(Agent).where(
    col(Agent.user_id) == bindparam("member"), col(Agent.team_id).in_(bindparam("in_teams", expanding=True))
)


@router.get("/TeamUser/{team_user_id}/CCAgentConfig", response_model=list[AgentAnswer])
def list_user_agents(
    team_user_id: str, scope: ScopeDep, listing: AgentListing, populate: PopulateDep
) -> list[Shown]:
    """List a member's agents.

    The membership's id means those of its team, and the user's id those of every team that the caller shares.
    """
    found = parse_id(team_user_id) or ""
    members = scope.session.exec(
        scope.select(TeamUser).where((TeamUser.id == found) | (TeamUser.user_id == found))
    ).all()
    if not members:
        raise NotFound("user")
    by_membership = [member.team_id for member in members if member.id == found]
    values = {"member": members[0].user_id, "in_teams": by_membership or scope.team_ids}
    return show_agents(scope.session, listing.fetch(scope, _OF_MEMBER, **values), populate)


_OF_TEAM = of_callers_teams(Agent).where(col(Agent.team_id) == bindparam("team"))


@router.get("/team/{team_id}/ccagentconfig", response_model=list[AgentAnswer])
def list_team_agents(
    team_id: str, scope: ScopeDep, listing: AgentListing, populate: PopulateDep
) -> list[Shown]:
    """List the agents of a team."""
    agents = listing.fetch(scope, _OF_TEAM, team=scope.team_id(team_id))
    return show_agents(scope.session, agents, populate)


@router.patch("/CCAgentConfig/{agent_id}", response_model=AgentAnswer, responses={409: {}})
def update_agent(agent_id: str, body: AgentUpdate, scope: ScopeDep) -> Shown:
    """Change an agent."""
    agent = scope.get(Agent, agent_id, "agent")
    require_unchanged(scope, agent)
    service.update(scope, agent, body)
    return tell(scope.session, MODEL, "updated", show_agent(scope.session, agent), to_team(agent.team_id))


@router.delete("/CCAgentConfig/{agent_id}", response_model=AgentAnswer, responses={409: {}})
def delete_agent(agent_id: str, identity: IdentityDep, context: ContextDep, if_match: IfMatchDep) -> Shown:
    """Delete an agent who is in no call and whom no route or queue names."""
    state = _state_if_known(context, agent_id)

    def delete(session: Session) -> Shown:
        scope = Scope(session, identity, if_match)
        agent = scope.get_for_change(Agent, agent_id, "agent")
        require_unchanged(scope, agent)
        if state and state["call"]:
            raise Conflict("The agent is in a call", call=state["call"])
        shown = show_agent(session, agent)
        service.delete(scope, agent)
        return tell(session, MODEL, "destroyed", shown, to_team(agent.team_id))

    return context.write(delete)


def _state_if_known(context: ContextDep, agent_id: str) -> Shown | None:
    """Return the live state, or None also while Redis is away: what was asked does not depend on it."""
    try:
        return show_state(Live(context).agent(parse_id(agent_id) or ""))
    except Unavailable:
        return None
