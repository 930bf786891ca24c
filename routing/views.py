"""Read-only views of the live state, for the live API. Times are POSIX seconds."""

from dataclasses import dataclass

from routing import agents
from routing.ids import AgentId, CallId, QueueId, TeamId, UserId
from routing.records import PathStep
from routing.state import Counters, Queue
from routing.world import World


@dataclass(frozen=True, slots=True)
class OwnStatus:
    status: str
    reason: str


@dataclass(frozen=True, slots=True)
class AgentView:
    """`status` is what was set; `state` is the same, or `Ringing`, `OnCall`, `WrapUp`, and holds since `since`."""

    agent: AgentId
    team: TeamId
    user: UserId
    status: str
    reason: str
    since: float
    state: str
    call: CallId | None
    queues: dict[QueueId, OwnStatus]
    """Queues for which it set a status of its own; it is `Available` in the others."""
    registered: bool
    """Whether its phone can be reached."""
    busy: bool
    """Whether its phone is in a call that we did not offer."""
    free: bool
    """Whether a call can be offered to it now."""
    wrap_up_until: float | None


@dataclass(frozen=True, slots=True)
class WaitingCall:
    """`position` counts from 1; `ringing` are the agents whose phones ring for it."""

    call: CallId
    caller: str
    caller_name: str
    position: int
    entered_at: float
    priority: int
    ringing: tuple[AgentId, ...]


@dataclass(frozen=True, slots=True)
class Today:
    """A queue's figures since the team's local midnight. `wait_sum` is that of the answered calls, in seconds."""

    offered: int
    answered: int
    abandoned: int
    answered_in_threshold: int
    wait_sum: float
    asa: float | None
    """Average speed of answer in seconds; None before the first answer."""
    service_level: float | None
    """Share (0 to 1) of the answered and abandoned calls that were answered within the threshold."""


@dataclass(frozen=True, slots=True)
class QueueView:
    """`waiting` is in the order of service; `agents` counts the members by state, as seen from this queue."""

    queue: QueueId
    team: TeamId
    waiting: tuple[WaitingCall, ...]
    longest_wait: float
    agents: dict[str, int]
    today: Today


@dataclass(frozen=True, slots=True)
class CallView:
    """`state` is a `routing.phases.CallPhase`, held since `since`; `queue` is where it waits."""

    call: CallId
    team: TeamId | None
    did: str
    caller: str
    caller_name: str
    state: str
    since: float
    queue: QueueId | None
    joined_at: float | None
    agent: AgentId | None
    ringing: tuple[AgentId, ...]
    started_at: float
    answered_at: float | None
    path: tuple[PathStep, ...]


def agent(world: World, id: AgentId) -> AgentView | None:
    known = world.agents.get(id)
    if known is None:
        return None
    phone = world.phones.get(known.config.phone)
    talking = [call for call, talks in known.calls.items() if talks]
    return AgentView(
        agent=id,
        team=known.config.team,
        user=known.config.user,
        status=str(known.status),
        reason=known.reason,
        since=known.since,
        state=known.shown,
        call=next(iter(talking or known.calls), None),
        queues={queue: OwnStatus(str(own.status), own.reason) for queue, own in known.in_queue.items()},
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
    fresh = now < known.counters.until
    return QueueView(
        queue=id,
        team=known.config.team,
        waiting=waiting,
        longest_wait=max((now - call.entered_at for call in waiting), default=0.0),
        agents=dict(sorted(known.counts.items())),
        today=_today(known.counters if fresh else Counters()),
    )


def _today(figures: Counters) -> Today:
    settled = figures.answered + figures.abandoned
    return Today(
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
        found.append(
            WaitingCall(
                id,
                call.caller,
                call.caller_name,
                position,
                call.joined_at,
                call.priority,
                call.rung(),
            )
        )
    return found


def call(world: World, id: CallId) -> CallView | None:
    known = world.calls.get(id)
    if known is None:
        return None
    return CallView(
        call=id,
        team=known.team,
        did=known.did,
        caller=known.caller,
        caller_name=known.caller_name,
        state=str(known.phase),
        since=known.phase_since,
        queue=known.queue,
        joined_at=known.joined_at if known.queue is not None else None,
        agent=known.agent,
        ringing=known.rung(),
        started_at=known.started_at,
        answered_at=known.answered_at,
        path=tuple(PathStep(block=s.block, type=s.type, at=s.at, exit=s.exit) for s in known.path),
    )
