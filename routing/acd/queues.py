"""Queues: callers join, wait, are rung for, and leave."""

from routing.acd import agents, announcements, estimated_wait, matching, relaxation, stays
from routing.commands import OfferCall, StartMusic
from routing.expressions import opening_hours
from routing.figures import Outcome
from routing.ids import AgentId, QueueId, TimerPurpose
from routing.state import Agent, Call, Callback, Leg, Queue, Role, Waiter
from routing.state.phases import CallPhase
from routing.state.world import World

# -- joining and leaving -------------------------------------------------------------------------------------


def join(
    world: World,
    call: Call,
    queue: Queue,
    *,
    priority: int = 0,
    limit: float | None = None,
    promised: Callback | None = None,
) -> str | None:
    """Put the caller into the queue. Return the exit to take instead: `closed`, `empty`, `full`, or None.

    The caller takes the place that they have earned: the one that they had before in this queue, or that of their
    callback (`promised`). Else they stand last. `limit` bounds the wait (s) beside the queue's own `max_wait`. The
    shorter one counts.
    """
    if (refusal := _refusal(world, call, queue)) is not None:
        stays.turned_away(world, call, queue.config.id, refusal)
        return refusal
    world.answer(call)
    world.sequence += 1
    call.sequence, call.joined_at, call.priority = world.sequence, world.now, priority
    call.stay_since = world.now
    if call.left_place is not None and (place := call.place_in(queue.config.id)) is not None:
        call.joined_at, call.sequence = place.joined_at, place.sequence
    if promised is not None:
        call.priority = max(priority, promised.priority)
        if promised.joined_at < call.joined_at:
            call.joined_at, call.sequence = promised.joined_at, promised.sequence
    call.memory["limit"] = limit
    stays.begin(world, call, queue.config.id)
    enqueue(world, call, queue)
    return None


def _refusal(world: World, call: Call, queue: Queue) -> str | None:
    """Return why the caller may not join."""
    config = queue.config
    if config.hours is not None and not opening_hours.is_open(config.hours, world.now):
        return "closed"
    if not config.join_when_empty and not matching.last_group_of(world, queue, call).staffed:
        return "empty"
    if config.max_calls is not None and queue.callers + queue.pace.talks >= config.max_calls:
        return "full"
    if config.max_waiting is not None and queue.callers_waiting >= config.max_waiting:
        return None if _finds_an_agent(world, call, queue) else "full"
    return None


def _finds_an_agent(world: World, call: Call, queue: Queue) -> bool:
    """Return whether an agent is free for the caller, so that they would not wait."""
    group = matching.group_of(world, queue, call)
    return len(group.free) > group.waiting.size


def enqueue(world: World, call: Call, queue: Queue) -> None:
    """Let a call wait here from now on. It was answered, and has `joined_at`, `sequence` and `priority`."""
    call.queued_at = world.now if call.queued_at is None else call.queued_at
    call.queue = call.last_queue = queue.config.id
    world.move(call, CallPhase.QUEUED)
    start_wait_timer(world, call, queue)
    announcements.start(world, call, queue)
    line_up(world, call, queue)


def line_up(world: World, waiter: Waiter, queue: Queue) -> None:
    """Put a waiter with `joined_at`, `sequence`, `priority`, `needs` and `preferred` at their place, to be offered."""
    queue.calls.add(waiter.id, matching.rank(world, queue, waiter))
    relaxation.begin(world, queue, waiter)
    become_available(world, waiter, queue)
    world.publish(queue.config.team, "queue", queue.config.id)


def step_out(world: World, waiter: Waiter, queue: Queue | None) -> None:
    """Take the waiter out of their place. `queue` None: that one is gone."""
    relaxation.end(world, waiter)
    if queue is not None:
        queue.calls.discard(waiter.id)
        queue.offered.pop(waiter.id, None)
        matching.withdraw(queue, waiter)
        if not queue.calls.order:
            estimated_wait.emptied(queue)
        world.publish(queue.config.team, "queue", queue.config.id)


def start_wait_timer(world: World, call: Call, queue: Queue) -> None:
    """Start the timer of the longest wait, again if need be. It counts from the moment of joining, each time; for a
    callback, of answering."""
    longest, limit = queue.config.max_wait, call.memory.get("limit")
    if longest is None or (limit is not None and limit < longest):
        longest = limit
    if longest is not None:
        world.start_timer(call.id, TimerPurpose.MAX_WAIT, call.waits_since() + longest)
    else:
        world.cancel_timer(call.id, TimerPurpose.MAX_WAIT)


def become_available(world: World, waiter: Waiter, queue: Queue) -> None:
    """Let the waiter be offered (again). A call that finds no free agent gets its music."""
    queue.offered.pop(waiter.id, None)
    matching.stand(world, queue, waiter)
    if isinstance(waiter, Call):
        waiter.announcing = None
        if world.watched:
            world.without_music[waiter.id] = None


def return_to_place(world: World, call: Call, queue: Queue) -> None:
    """Let the call be offered again, for no agent took it. If meanwhile the last agent went who could serve it, it
    leaves."""
    become_available(world, call, queue)
    if queue.config.leave_when_empty and not matching.last_group_of(world, queue, call).staffed:
        world.leaving.append((call.id, "empty"))


def stop_waiting(world: World, waiter: Waiter, queue: Queue) -> None:
    """Let the waiter wait for no agent, since agents are asked already. They keep their place."""
    matching.withdraw(queue, waiter)
    relaxation.let_others_in(world, queue, waiter)
    queue.offered[waiter.id] = None


def leave(
    world: World, call: Call, outcome: Outcome, *, exit: str = "", agent: AgentId | None = None
) -> Queue | None:
    """Take the call out of its queue, wherever it stands there. Return that queue. The rest says how the stay ends."""
    if call.open_offer:
        stop_adding(world, call)
    if call.queue is None:
        return None
    queue = world.queues.get(call.queue)
    stays.end(world, call, outcome, exit=exit, agent=agent)
    call.waited += max(0.0, world.now - call.waits_since())
    call.queue = None
    announcements.stop(world, call)
    world.cancel_timer(call.id, TimerPurpose.MAX_WAIT, TimerPurpose.RETRY)
    world.without_music.pop(call.id, None)
    step_out(world, call, queue)
    return queue


# -- ringing -----------------------------------------------------------------------------------------------


def ring(
    world: World, call: Call, chosen: list[Agent], *, queue: QueueId | None, timeout: float, music: str
) -> None:
    """Ring phones for a call, of a queue or direct. `call.more` phones may be added later."""
    world.without_music.pop(call.id, None)
    call.announcing = None
    base = world.recording_base(call, queue)
    known = None if queue is None else world.queues.get(queue)
    world.emit(
        OfferCall(
            call.id,
            tuple([agent.config.id for agent in chosen]),
            tuple([agent.config.phone for agent in chosen]),
            timeout,
            music,
            base,
            () if known is None else announcements.whisper(world, call, known),
            call.more,
        )
    )
    call.recording = base
    world.move(call, CallPhase.OFFERING, limit=timeout)
    for agent in chosen:
        add_ringing(world, call, agent, queue)


def plan_next(world: World, call: Call, step: float) -> None:
    """Start the timer of the next phone, `step` seconds from now, if one may be added."""
    if call.more:
        world.start_timer(call.id, TimerPurpose.RING_NEXT, world.now + step)


def stop_adding(world: World, call: Call) -> None:
    """Add no more phones to the call's offer."""
    if call.open_offer:
        call.open_offer, call.more = False, 0
        world.cancel_timer(call.id, TimerPurpose.RING_NEXT)


def add_ringing(world: World, call: Call, agent: Agent, queue: QueueId | None) -> None:
    call.ringing[agent.config.id] = len(call.legs)
    call.legs.append(Leg(Role.AGENT, world.now, agent=agent.config.id, queue=queue))
    agent.passed = None
    agents.occupy(world, agent, call.id, talking=False)


def play_music(world: World) -> None:
    """Start the music of queued calls that found no agent."""
    for id in world.without_music:
        call = world.calls.get(id)
        queue = None if call is None else world.queue_of(call)
        if call is not None and queue is not None and call.phase is CallPhase.QUEUED:
            world.emit(StartMusic(id, queue.config.music))
    world.without_music.clear()
