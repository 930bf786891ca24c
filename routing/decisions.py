"""The record of an offer: who was chosen, who would have been next, who was passed over and overtaken, and why.

Everything is read off counts and indices that are kept anyway, so a record costs the same whatever the numbers: a few
look-ups for each group of waiters in the queue.
"""

from typing import Any

from routing.groups import Group, Lines, Rank
from routing.ids import AgentId, CallId, QueueId
from routing.matching import rank_with
from routing.state import Call, Decision, Queue, Waiter
from routing.world import World

MOST = 100
"""How many of a call's decisions are kept, the first ones."""
NAMED = 10
"""How many agents and calls a decision names."""
UNRECORDED = Decision(0.0, QueueId(""), "", (), 0.0, 0, 0)
_NONE: tuple[tuple[tuple[CallId, str], ...], dict[str, int]] = ((), {})


def decide(
    world: World,
    queue: Queue,
    group: Group,
    waiter: Waiter,
    chosen: list[AgentId],
    following: list[AgentId],
    missed: int,
) -> Decision:
    """`missed`: how many came before the chosen ones in order, and let this very waiter pass before. Call it while the
    chosen ones are still free."""
    if world.witness is not None:
        world.witness(world, queue, group, waiter, chosen)
    if not world.recording:
        return UNRECORDED
    passed, free = queue.passed.copy(), len(queue.free)
    if len(group.free) != free:
        passed["skill" if group.reserved is None else "sticky"] = free - len(group.free)
    if missed:
        passed["missed"] = missed
    position = queue.calls.position(waiter.id)
    overtook, overtaken = _NONE
    if position > 1 or len(queue.groups) > 1 or group.waiting.mixed:
        overtook, overtaken = _overtaken(world, queue, waiter)
    return Decision(
        world.now,
        queue.config.id,
        queue.config.strategy.value,
        tuple(chosen),
        round(world.now - waiter.joined_at, 3),
        len(queue.calls),
        free,
        position,
        tuple(following),
        dict(sorted(passed.items())),
        overtook,
        overtaken,
    )


def keep(call: Call, decision: Decision) -> None:
    if len(call.decisions) < MOST:
        call.decisions.append(decision)


def record(decision: Decision) -> dict[str, Any]:
    """As it stands in a call's record."""
    return {
        "at": decision.at,
        "queue": decision.queue,
        "strategy": decision.strategy,
        "agents": list(decision.agents),
        "wait": decision.wait,
        "waiting": decision.waiting,
        "free": decision.free,
        "position": decision.position,
        "next": list(decision.next),
        "passed": decision.passed,
        "overtook": [list(pair) for pair in decision.overtook],
        "overtaken": decision.overtaken,
    }


Overtaken = list[tuple[Rank, CallId, str]]


def _overtaken(
    world: World, queue: Queue, waiter: Waiter
) -> tuple[tuple[tuple[CallId, str], ...], dict[str, int]]:
    """Those left waiting that come before it in order, or came earlier and stand behind for their lower priority."""
    counts: dict[str, int] = {}
    named: Overtaken = []
    for group in queue.groups.values():
        if group.waiting.size:
            _count(world, queue, waiter, group.waiting, "skill", counts, named)
    if queue.sticky.size:
        _count(world, queue, waiter, queue.sticky, "sticky", counts, named)
    named.sort()
    return tuple((id, reason) for _, id, reason in named[:NAMED]), dict(sorted(counts.items()))


def _count(
    world: World,
    queue: Queue,
    waiter: Waiter,
    waiting: Lines,
    reason: str,
    counts: dict[str, int],
    named: Overtaken,
) -> None:
    own = queue.calls[waiter.id]
    for priority, line in waiting.lines():
        before = line.below(own)
        if before:
            counts[reason] = counts.get(reason, 0) + before
            named += [(line[id], id, reason) for id in line.slice(0, min(before, NAMED))]
        if priority < waiter.priority:
            earlier = line.below(rank_with(world, queue, waiter, priority))
            if earlier > before:
                counts["priority"] = counts.get("priority", 0) + earlier - before
                end = min(earlier, before + NAMED)
                named += [(line[id], id, "priority") for id in line.slice(before, end)]
