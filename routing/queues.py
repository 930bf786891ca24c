"""Queues: callers join, wait, are matched with free agents, and leave."""

import heapq
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from routing import agents
from routing.commands import OfferCall, StartMusic
from routing.ids import AgentId, CallId, QueueId
from routing.phases import CallPhase
from routing.state import Agent, Call, Counters, Decision, Leg, Queue
from routing.strategies import strategy_of
from routing.world import World

# -- joining and leaving -------------------------------------------------------------------------------------


def join(
    world: World, call: Call, queue: Queue, *, priority: int = 0, limit: float | None = None
) -> str | None:
    """Puts the caller at its place. Returns the exit to take instead: `full`, `empty`, or None.

    `limit` bounds the wait (s) beside the queue's own `max_wait`; the shorter one counts.
    """
    config = queue.config
    if not config.join_when_empty and not queue.staffed:
        return "empty"
    if config.max_waiting is not None and len(queue.calls) >= config.max_waiting:
        return "full"
    world.answer(call)
    world.sequence += 1
    call.sequence = world.sequence
    call.joined_at = world.now
    call.queued_at = world.now if call.queued_at is None else call.queued_at
    call.queue = call.last_queue = config.id
    call.priority = priority
    call.memory["limit"] = limit
    counters(world, queue).offered += 1
    rank(world, call, queue)
    world.move(call, CallPhase.QUEUED)
    start_wait_timer(world, call, queue)
    become_available(world, call, queue)
    return None


def rank(world: World, call: Call, queue: Queue) -> None:
    """(Re)computes the call's place: priority of queue and call, then age."""
    queue.calls[call.id] = (-(queue.config.priority + call.priority), call.joined_at, call.sequence)
    world.publish(queue.config.team, "queue", queue.config.id)


def start_wait_timer(world: World, call: Call, queue: Queue) -> None:
    """(Re)starts the clock of the longest wait from the moment of joining."""
    limits = [limit for limit in (queue.config.max_wait, call.memory.get("limit")) if limit is not None]
    if limits:
        world.start_timer(call.id, "max-wait", call.joined_at + min(limits))
    else:
        world.cancel_timer(call.id, "max-wait")


def become_available(world: World, call: Call, queue: Queue) -> None:
    """The call can be offered (again); if nobody is free it gets its music."""
    queue.waiting.add(call.id, queue.calls[call.id])
    world.silent[call.id] = None
    if len(queue.free):
        world.dirty[queue.config.id] = None


def leave(world: World, call: Call) -> Queue | None:
    """Takes the call out of its queue, wherever it stands there. Returns that queue."""
    queue = world.queue_of(call)
    if call.queue is None:
        return None
    call.waited += max(0.0, world.now - call.joined_at)
    call.queue = None
    world.cancel_timer(call.id, "max-wait")
    world.cancel_timer(call.id, "retry")
    world.silent.pop(call.id, None)
    if queue is not None:
        queue.calls.pop(call.id, None)
        queue.waiting.discard(call.id)
        world.publish(queue.config.team, "queue", queue.config.id)
    return queue


# -- figures -------------------------------------------------------------------------------------------------


def counters(world: World, queue: Queue) -> Counters:
    """Today's figures, begun anew after the team's local midnight."""
    if world.now >= queue.counters.until:
        queue.counters = Counters(until=next_midnight(world, queue))
    return queue.counters


def next_midnight(world: World, queue: Queue) -> float:
    team = world.teams.get(queue.config.team)
    zone = ZoneInfo(team.timezone if team else "UTC")
    day = datetime.fromtimestamp(world.now, zone).date() + timedelta(days=1)
    return datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()


def count_answer(world: World, call: Call, queue: Queue) -> None:
    figures, wait = counters(world, queue), world.now - call.joined_at
    figures.answered += 1
    figures.wait_sum += wait
    figures.answered_in_threshold += wait <= queue.config.call_service_good


# -- matching ------------------------------------------------------------------------------------------------


def dispatch(world: World) -> None:
    """Offers calls until no queue has both a call that waits and an agent that is free.

    Only queues where something became free are looked at; among them the best waiting call goes first.
    """
    heads: list[tuple[tuple[float, float, int], QueueId]] = []
    for id in world.dirty:
        _push_head(world, id, heads)
    world.dirty.clear()
    while heads:
        _, id = heapq.heappop(heads)
        queue = world.queues[id]
        first = queue.waiting.first()
        if first is None or not len(queue.free):
            continue
        offer(world, world.calls[first[1]], queue, choose(world, queue, first[1]))
        _push_head(world, id, heads)


def _push_head(world: World, id: QueueId, heads: list[tuple[tuple[float, float, int], QueueId]]) -> None:
    queue = world.queues.get(id)
    first = None if queue is None else queue.waiting.first()
    if queue is not None and first is not None and len(queue.free):
        heapq.heappush(heads, (queue.calls[first[1]], id))


def choose(world: World, queue: Queue, call: CallId) -> list[Agent]:
    """Who is rung: first those who did not just let this very call pass; if all did, a new round begins."""
    count = strategy_of(queue.config).phones(queue.config)
    fresh = (id for id in queue.free.ordered() if world.agents[id].passed != call)
    chosen = _take(fresh, count) or _take(queue.free.ordered(), count)
    return [world.agents[id] for id in chosen]


def _take(ids: Iterator[AgentId], count: int) -> list[AgentId]:
    return list(islice(ids, count))


def offer(world: World, call: Call, queue: Queue, chosen: list[Agent]) -> None:
    """Rings the chosen agents; the call keeps its place."""
    config = queue.config
    queue.waiting.discard(call.id)
    call.decisions.append(
        Decision(
            at=world.now,
            queue=config.id,
            strategy=str(config.strategy),
            agents=tuple(agent.config.id for agent in chosen),
            wait=round(world.now - call.joined_at, 3),
            waiting=len(queue.calls),
            free=len(queue.free),
        )
    )
    ring(world, call, chosen, queue=config.id, timeout=config.ring_timeout, music=config.music)


def ring(
    world: World, call: Call, chosen: list[Agent], *, queue: QueueId | None, timeout: float, music: str
) -> None:
    """Rings phones for a call, of a queue or direct."""
    world.silent.pop(call.id, None)
    base = world.recording_base(call, queue)
    world.emit(
        OfferCall(
            call.id,
            tuple(agent.config.id for agent in chosen),
            tuple(agent.config.phone for agent in chosen),
            timeout,
            music,
            base,
        )
    )
    call.recording = base
    world.move(call, CallPhase.OFFERING, limit=timeout)
    for agent in chosen:
        add_ringing(world, call, agent, queue)


def add_ringing(world: World, call: Call, agent: Agent, queue: QueueId | None) -> None:
    call.ringing[agent.config.id] = len(call.legs)
    call.legs.append(Leg("agent", world.now, agent=agent.config.id, queue=queue))
    agent.passed = None
    agents.hold(world, agent, call.id, talking=False)


def play_music(world: World) -> None:
    """Music for queued calls that found no agent."""
    for id in world.silent:
        call = world.calls.get(id)
        queue = None if call is None else world.queue_of(call)
        if call is not None and queue is not None and call.phase is CallPhase.QUEUED:
            world.emit(StartMusic(id, queue.config.music))
    world.silent.clear()
