"""Operations on queues."""

from typing import Annotated

from fastapi import Depends, Query
from sqlalchemy import bindparam
from sqlmodel import col

from analysis.reports.report import Of
from api.conventions.fields import Moment
from api.conventions.lists import Listing, Lists
from api.conventions.populate import Populate, populates
from api.conventions.resource import Shown, require_unchanged
from api.conventions.router import v1_router
from api.conventions.told import tell
from api.core.deps import ContextDep, IdentityDep, ScopeDep
from api.core.quotas import require_room
from api.core.scope import of_callers_teams
from api.telephony.live_views import Live
from api.telephony.live_views import show_queue as show_live_queue
from api.telephony.queues import service, stats
from api.telephony.queues.answers import (
    JoinedQueue,
    QueueAnswer,
    QueueLiveAnswer,
    SimulationAnswer,
    StatsAnswer,
)
from api.telephony.queues.resource import QUEUE
from api.telephony.queues.schemas import Place, QueueCreate, QueueUpdate
from api.telephony.queues.simulation import SimulationAsked, simulate_queue
from api.telephony.queues.views import show_place, show_queue, with_people
from models import Agent, Queue
from switchroom.ids import public_id
from switchroom.messages.events import to_team

router = v1_router(tags=["queues"])
MODEL = "ccqueueconfig"
"""What clients are told that a queue is."""

QueueListing = Annotated[Listing, Depends(Lists(QUEUE))]
PopulateDep = Annotated[Populate, Depends(populates("managers", "agents"))]


@router.post("/CCQueueConfig", response_model=QueueAnswer, status_code=201, responses={409: {}})
def create_queue(body: QueueCreate, scope: ScopeDep, context: ContextDep) -> Shown:
    """Create a queue."""
    queue = service.create(scope, body)
    require_room(scope.session, context.settings, queue.team_id, "queues")
    shown = show_queue(scope.session, queue)
    return tell(scope.session, MODEL, "created", shown, to_team(queue.team_id))


@router.get("/CCQueueConfig/{queue_id}", response_model=QueueAnswer)
def get_queue(queue_id: str, scope: ScopeDep, populate: PopulateDep) -> Shown:
    """Show a queue."""
    return with_people(scope.session, [QUEUE.find(scope, queue_id)], populate)[0]


_OF_TEAM = of_callers_teams(Queue).where(col(Queue.team_id) == bindparam("team"))


@router.get("/team/{team_id}/ccqueueconfig", response_model=list[QueueAnswer])
def list_team_queues(
    team_id: str, scope: ScopeDep, listing: QueueListing, populate: PopulateDep
) -> list[Shown]:
    """List the queues of a team."""
    queues = listing.show(scope, _OF_TEAM, team=scope.team_id(team_id))
    return with_people(scope.session, queues, populate)


@router.patch("/CCQueueConfig/{queue_id}", response_model=QueueAnswer, responses={409: {}})
def update_queue(queue_id: str, body: QueueUpdate, scope: ScopeDep) -> Shown:
    """Change a queue. What is not sent stays as it is."""
    queue = scope.row(Queue, queue_id, "queue")
    service.require_manager(scope, queue)
    require_unchanged(scope, queue)
    shown = with_people(scope.session, [service.update(scope, queue, body)])[0]
    return tell(scope.session, MODEL, "updated", shown, to_team(queue.team_id))


@router.delete("/CCQueueConfig/{queue_id}", response_model=QueueAnswer, responses={409: {}})
def delete_queue(queue_id: str, scope: ScopeDep) -> Shown:
    """Delete a queue that no route, number or other queue uses. Its callers overflow."""
    queue = scope.get_for_change(Queue, queue_id, "queue")
    require_unchanged(scope, queue)
    shown = show_queue(scope.session, queue)
    service.delete(scope, queue)
    return tell(scope.session, MODEL, "destroyed", shown, to_team(queue.team_id))


@router.post(
    "/CCQueueConfig/{queue_id}/agent/{agent_id}",
    response_model=JoinedQueue,
    status_code=201,
    responses={409: {}},
)
def add_agent_to_queue(queue_id: str, agent_id: str, scope: ScopeDep, body: Place | None = None) -> Shown:
    """Put an agent into a queue, or change their place in it."""
    queue, agent = scope.get(Queue, queue_id, "queue"), scope.get(Agent, agent_id, "agent")
    service.require_manager(scope, queue)
    place = service.add_agent(scope, queue, agent, body or Place())
    shown = show_queue(scope.session, queue)
    tell(scope.session, MODEL, "updated", shown, to_team(queue.team_id))
    return {**shown, "place": show_place(place)}


@router.delete("/CCQueueConfig/{queue_id}/agent/{agent_id}", response_model=QueueAnswer)
def remove_agent_from_queue(queue_id: str, agent_id: str, scope: ScopeDep) -> Shown:
    """Take an agent out of a queue. A call that they are in goes on."""
    queue, agent = scope.get(Queue, queue_id, "queue"), scope.get(Agent, agent_id, "agent")
    service.require_manager(scope, queue)
    require_unchanged(scope, queue)
    service.remove_agent(scope, queue, agent)
    shown = show_queue(scope.session, queue)
    return tell(scope.session, MODEL, "updated", shown, to_team(queue.team_id))


@router.get("/CCQueueConfig/{queue_id}/live", response_model=QueueLiveAnswer)
def get_queue_live(queue_id: str, scope: ScopeDep, context: ContextDep) -> Shown:
    """Show how a queue stands now."""
    queue = scope.row(Queue, queue_id, "queue")
    service.require_view(scope, queue)
    live = Live(context)
    shown = show_live_queue(live.queue(queue.id))
    return {"queue": public_id(queue.id), "name": queue.name, "stale": not live.engine_up(), **shown}


@router.get("/CCQueueConfig/{queue_id}/stats", response_model=StatsAnswer)
def get_queue_stats(
    queue_id: str,
    scope: ScopeDep,
    start: Annotated[Moment | None, Query(alias="from")] = None,
    end: Annotated[Moment | None, Query(alias="to")] = None,
    interval: Annotated[int | None, Query(ge=60, le=31_622_400)] = None,
    of: Of = Of.CALLS,
) -> Shown:
    """Show a queue's figures, by default of the last 24 hours.

    A call counts in the interval in which it entered the queue. `from` and `to` without a zone are in the
    team's. With `interval` (seconds) it shows those of each interval too; whole days are the team's local days. `of`
    says what is counted: calls, or conversations of the inbox.
    """
    queue = scope.get(Queue, queue_id, "queue")
    service.require_manager(scope, queue)
    asked = stats.period(start, end, scope.team(queue.team_id).timezone)
    return stats.report(scope.session, queue, asked, interval, work=of is Of.CONVERSATIONS)


@router.post("/CCQueueConfig/{queue_id}/simulate", response_model=SimulationAnswer)
def simulate(queue_id: str, body: SimulationAsked, identity: IdentityDep, context: ContextDep) -> Shown:
    """Simulate a queue's calls with other agents, loads or settings."""
    return simulate_queue(context, identity, queue_id, body)
