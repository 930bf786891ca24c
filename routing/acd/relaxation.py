"""What a waiter insists on, and how that changes with time: levels of skills are lowered, and other agents than the
preferred one are let in."""

from routing.acd import matching, skills
from routing.ids import AgentId, TimerPurpose
from routing.state import Queue, Waiter
from routing.state.world import World

DAY = 86_400.0


def begin(world: World, queue: Queue, waiter: Waiter) -> None:
    """Start the timers of a waiter who takes their place. Call it before the waiter can be offered."""
    relax(world, queue, waiter)
    wait = queue.config.sticky_wait
    if wait is not None and waiter.preferred not in queue.members:
        waiter.preferred = _last_talk(world, queue, waiter) or waiter.preferred
    waiter.waits_for_preferred = False
    until = waiter.joined_at + (wait or 0.0)
    if until > world.now and _can_have(queue, waiter, waiter.preferred):
        waiter.waits_for_preferred = True
        world.start_timer(waiter.id, TimerPurpose.STICKY, until)


def _last_talk(world: World, queue: Queue, waiter: Waiter) -> AgentId | None:
    last = queue.last_talks.get(waiter.customer)
    return None if last is None or world.now - last.at > queue.config.sticky_days * DAY else last.agent


def _can_have(queue: Queue, waiter: Waiter, agent: AgentId | None) -> bool:
    """Return whether that agent serves the queue and has what the waiter needs."""
    if agent is None or agent not in queue.staffed:
        return False
    return skills.met(queue.members[agent].skills, matching.needs_of(queue, waiter)) is not None


def relax(world: World, queue: Queue, waiter: Waiter) -> None:
    """Lower the levels as far as the waiter has waited, and start the timer of the next step."""
    if not queue.config.relaxation or not (queue.config.skills or waiter.needs):
        return
    waiter.relaxed, coming = skills.lowered(queue.config.relaxation, world.now - waiter.joined_at)
    if coming is not None:
        world.start_timer(waiter.id, TimerPurpose.RELAX, waiter.joined_at + coming)
    else:
        world.cancel_timer(waiter.id, TimerPurpose.RELAX)
    matching.move(world, queue, waiter)


def reconsider(world: World, queue: Queue, waiter: Waiter) -> None:
    """Work out the needs again: the queue's configuration has changed."""
    waiter.relaxed = 0
    world.cancel_timer(waiter.id, TimerPurpose.RELAX)
    relax(world, queue, waiter)
    if queue.config.sticky_wait is None or not _can_have(queue, waiter, waiter.preferred):
        let_others_in(world, queue, waiter)


def let_others_in(world: World, queue: Queue, waiter: Waiter) -> None:
    """Let the waiter be served by any agent, not by the preferred one alone."""
    if waiter.waits_for_preferred:
        waiter.waits_for_preferred = False
        world.cancel_timer(waiter.id, TimerPurpose.STICKY)
        matching.move(world, queue, waiter)


def preferred_is_gone(world: World, queue: Queue, agent: AgentId) -> None:
    """Let those who wait for this agent be served by any: the agent no longer serves the queue."""
    group = queue.reserved.get(agent)
    if group is None:
        return
    for id in [id for _, line in group.waiting.lines() for id in line]:
        waiter = world.waiter(id)
        if waiter is not None:
            let_others_in(world, queue, waiter)


def end(world: World, waiter: Waiter) -> None:
    """Stop the timers: the waiter leaves the queue."""
    waiter.waits_for_preferred, waiter.relaxed = False, 0
    world.cancel_timer(waiter.id, TimerPurpose.STICKY, TimerPurpose.RELAX)
