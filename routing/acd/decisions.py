"""The record of an offer: who was chosen, who would have been next, who was passed over and overtaken, and why.

Everything is read from counts and indices that are kept anyway. So a record costs the same whatever the numbers: a few
look-ups for each group of waiters in the queue.
"""

from typing import Any

from routing.acd.matching import rank_with
from routing.config import Strategy
from routing.ids import AgentId, CallId, QueueId
from routing.state import Call, Decision, Queue, Waiter, WorkItem
from routing.state.groups import Group, Lines, Rank
from routing.state.world import World

MOST = 100
"""How many of a call's decisions are kept, the first ones."""
NAMED = 10
"""How many agents and calls a decision names."""
UNRECORDED = Decision(0.0, QueueId(""), "", (), 0.0, 0, 0)
LOOKED_AT = 40
"""How many of those before a waiter are looked at for names, before their groups are asked."""
_NONE: tuple[tuple[tuple[CallId, str], ...], dict[str, int]] = ((), {})
_NAMES = {strategy: strategy.value for strategy in Strategy}
"""An enumeration's `value` is a slow look-up."""


def decide(
    world: World,
    queue: Queue,
    group: Group,
    waiter: Waiter,
    chosen: list[AgentId],
    following: list[AgentId],
    missed: int,
) -> Decision:
    """Return the record of an offer. `missed`: how many agents came before the chosen ones in order, and have let this
    very waiter pass. Call it while the chosen agents are still free."""
    if world.witness is not None:
        world.witness(world, queue, group, waiter, chosen)
    if not world.watched:
        return UNRECORDED
    passed, free = queue.passed.copy(), len(queue.free)
    if len(group.free) != free:
        passed["skill" if group.reserved is None else "sticky"] = free - len(group.free)
    if missed:
        passed["missed"] = missed
    position = queue.calls.position(waiter.id)
    overtook, overtaken = _NONE
    if position > 1 or group.waiting.mixed or _stand_apart(queue, waiter):
        overtook, overtaken = _overtaken(world, queue, waiter, position)
    return Decision(
        world.now,
        queue.config.id,
        _NAMES[queue.config.strategy],
        tuple(chosen),
        round(world.now - waiter.joined_at, 3),
        len(queue.calls),
        free,
        position,
        tuple(following),
        _sorted(passed),
        overtook,
        overtaken,
    )


def _stand_apart(queue: Queue, waiter: Waiter) -> bool:
    """Return whether others may wait in other groups than the waiter's own."""
    return len(queue.groups) > 1 or len(queue.reserved) > 0 or waiter.id not in queue.waiting


def keep(call: Call | WorkItem, decision: Decision) -> None:
    if len(call.decisions) < MOST:
        call.decisions.append(decision)


def record(decision: Decision) -> dict[str, Any]:
    """Return the decision as it stands in a call's record."""
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


def _sorted(counts: dict[str, int]) -> dict[str, int]:
    """Sort the counts by reason, so that a replay says the same, byte for byte."""
    return dict(sorted(counts.items())) if len(counts) > 1 else counts


Named = list[tuple[Rank, CallId, str]]


def _overtaken(
    world: World, queue: Queue, waiter: Waiter, position: int
) -> tuple[tuple[tuple[CallId, str], ...], dict[str, int]]:
    """Return those who are left waiting though they come before the waiter in order, or came earlier and stand behind
    because of a lower priority."""
    own, counts = queue.calls[waiter.id], dict[str, int]()
    named: Named = []
    skill = 0
    for group in queue.groups.values():
        waiting = group.waiting
        if waiting.size:
            skill += waiting.before(own)
            if waiting.mixed or not waiting.has(waiter.priority):
                _count_less_urgent(world, queue, waiter, waiting, counts, named)
    if skill:
        counts["skill"] = skill
    if queue.sticky.size:
        if before := queue.sticky.before(own):
            counts["sticky"] = before
        _count_less_urgent(world, queue, waiter, queue.sticky, counts, named)
    if "skill" in counts or "sticky" in counts:
        named += _ahead(queue, waiter, position)
    if "priority" in counts:
        named.sort()
    return tuple([(id, reason) for _, id, reason in named[:NAMED]]), _sorted(counts)


def _ahead(queue: Queue, waiter: Waiter, position: int) -> Named:
    """Return the first of those before the waiter who wait. Most of those who come first do; else they are taken from
    their groups."""
    found: Named = []
    waiting, end = queue.waiting, 0
    while len(found) < NAMED and end < min(position - 1, LOOKED_AT):
        start, end = end, min(end + NAMED, position - 1, LOOKED_AT)
        found += [
            (rank, id, "skill" if waiting[id].reserved is None else "sticky")
            for rank, id in queue.calls.entries(start, end)
            if id in waiting
        ]
    if len(found) >= NAMED or position - 1 <= LOOKED_AT:
        return found[:NAMED]
    own, found = queue.calls[waiter.id], []
    lines = [(line, "skill") for group in queue.groups.values() for _, line in group.waiting.lines()]
    lines += [(line, "sticky") for _, line in queue.sticky.lines()]
    for line, reason in lines:
        found += [(rank, id, reason) for rank, id in line.entries(0, min(line.below(own), NAMED))]
    return sorted(found)[:NAMED]


def _count_less_urgent(
    world: World, queue: Queue, waiter: Waiter, waiting: Lines, counts: dict[str, int], named: Named
) -> None:
    """Count those of lower priority who came earlier. With the waiter's priority they would stand before the waiter."""
    own = queue.calls[waiter.id]
    for priority, line in waiting.lines():
        if priority < waiter.priority:
            before, earlier = line.below(own), line.below(rank_with(world, queue, waiter, priority))
            if earlier > before:
                counts["priority"] = counts.get("priority", 0) + earlier - before
                end = min(earlier, before + NAMED)
                named += [(rank, id, "priority") for rank, id in line.entries(before, end)]
