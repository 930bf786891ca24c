"""Read-only views of the live state, for the live API. Times are POSIX seconds."""

from dataclasses import dataclass

from routing import agents
from routing.ids import AgentId, CallId, QueueId, TeamId, UserId
from routing.queues import next_midnight
from routing.records import PathStep
from routing.state import Call, Counters, Queue
from routing.world import World


@dataclass(frozen=True, slots=True)
class AgentView:
    """`state` is the status that was set, or `Ringing`, `OnCall`, `WrapUp`; it holds since `since`."""

    id: AgentId
    team: TeamId
    user: UserId
    status: str
    reason: str
    queue_status: dict[QueueId, str]
    """For every queue of the agent: its status there (`Available` unless set otherwise)."""
    queue_reason: dict[QueueId, str]
    state: str
    since: float
    call: CallId | None
    calls: tuple[CallId, ...]
    registered: bool
    busy: bool
    free: bool
    """Whether a call can be offered to it now."""
    wrap_up_until: float | None


@dataclass(frozen=True, slots=True)
class WaitingCall:
    """`position` counts from 1; `offered_to` are the agents whose phones ring for it."""

    call: CallId
    caller: str
    caller_name: str
    position: int
    entered_at: float
    priority: int
    offered_to: tuple[AgentId, ...]


@dataclass(frozen=True, slots=True)
class QueueView:
    """`offered` to `wait_sum` are today's (the team's local day); `asa` and `service_level` derive from them."""

    id: QueueId
    team: TeamId
    waiting: tuple[WaitingCall, ...]
    longest_wait: float
    agents: dict[str, int]
    """How many agents are in each state, as seen from this queue."""
    members: dict[AgentId, str]
    offered: int
    answered: int
    abandoned: int
    answered_in_threshold: int
    wait_sum: float
    asa: float | None
    """Average speed of answer in seconds; None before the first answer."""
    service_level: float | None
    """Share (0 to 1) of today's answered and abandoned calls that were answered within the threshold."""


@dataclass(frozen=True, slots=True)
class CallView:
    """`state` is a `routing.phases.CallPhase`."""

    id: CallId
    team: TeamId | None
    caller: str
    caller_name: str
    did: str
    state: str
    since: float
    started_at: float
    queue: QueueId | None
    joined_at: float | None
    agent: AgentId | None
    ringing: tuple[AgentId, ...]
    answered_at: float | None
    path: tuple[PathStep, ...]


def agent(world: World, id: AgentId) -> AgentView | None:
    known = world.agents.get(id)
    if known is None:
        return None
    phone = world.phones.get(known.config.phone)
    talking = [call for call, talks in known.calls.items() if talks]
    memberships = world.memberships.get(id, {})
    return AgentView(
        id=id,
        team=known.config.team,
        user=known.config.user,
        status=str(known.status),
        reason=known.reason,
        queue_status={queue: str(agents.status_in(known, queue)) for queue in memberships},
        queue_reason={queue: own.reason for queue, own in known.in_queue.items()},
        state=known.shown,
        since=known.since,
        call=next(iter(talking or known.calls), None),
        calls=tuple(known.calls),
        registered=phone is not None and phone.registered,
        busy=phone is not None and phone.busy,
        free=agents.is_free(world, known),
        wrap_up_until=None if known.wrap_up is None else known.wrap_up.until,
    )


def queue(world: World, id: QueueId, now: float) -> QueueView | None:
    known = world.queues.get(id)
    if known is None:
        return None
    waiting = tuple(_waiting(world, known))
    figures = known.counters if now < known.counters.until else Counters(until=next_midnight(world, known))
    settled = figures.answered + figures.abandoned
    return QueueView(
        id=id,
        team=known.config.team,
        waiting=waiting,
        longest_wait=max((now - call.entered_at for call in waiting), default=0.0),
        agents=dict(known.counts),
        members=dict(known.states),
        offered=figures.offered,
        answered=figures.answered,
        abandoned=figures.abandoned,
        answered_in_threshold=figures.answered_in_threshold,
        wait_sum=round(figures.wait_sum, 3),
        asa=round(figures.wait_sum / figures.answered, 3) if figures.answered else None,
        service_level=round(figures.answered_in_threshold / settled, 4) if settled else None,
    )


def _waiting(world: World, queue: Queue) -> list[WaitingCall]:
    order = sorted(queue.calls, key=lambda id: queue.calls[id])
    found: list[WaitingCall] = []
    for position, id in enumerate(order, 1):
        call = world.calls[id]
        ringing = tuple(call.ringing)
        found.append(
            WaitingCall(id, call.caller, call.caller_name, position, call.joined_at, call.priority, ringing)
        )
    return found


def call(world: World, id: CallId) -> CallView | None:
    known: Call | None = world.calls.get(id)
    if known is None:
        return None
    return CallView(
        id=id,
        team=known.team,
        caller=known.caller,
        caller_name=known.caller_name,
        did=known.did,
        state=str(known.phase),
        since=known.phase_since,
        started_at=known.started_at,
        queue=known.queue,
        joined_at=known.joined_at if known.queue is not None else None,
        agent=known.agent,
        ringing=tuple(known.ringing),
        answered_at=known.answered_at,
        path=tuple(PathStep(block=s.block, type=s.type, at=s.at, exit=s.exit) for s in known.path),
    )
