"""Who can be offered to whom: waiters and free agents of a queue, side by side in groups (`routing.state.groups`).

THEORY OF OPERATION

How waiters and agents meet. Each distinct set of needs in use in a queue has a group: those who need it and wait,
beside the free agents who meet it. A waiter stands in exactly one group. A free agent stands in every group whose needs
they meet. A waiter who waits for one agent alone stands in a group of that agent (`Queue.reserved`). So "is there an
agent for this waiter" is `group.free`, and "is there a waiter for this agent" is `group.waiting`. When a waiter or an
agent is added to a group that then has both, the group is noted in `World.dirty`. At the end of the event `dispatch`
serves the dirty groups: of all their first waiters the one with the best rank, again and again, until no group has
both. So after every event no waiter stands in a group in which an agent is free.

Why nobody starves. A waiter's rank is when they joined (s), less `priority_seconds` for each point of priority. It is
fixed when they join. The points are bounded, so only those who join within a bounded time after a waiter can come
before them, and each of these is served once. Required levels fall as the wait grows (`relaxation`). The wait for a
preferred agent alone ends (`sticky_wait`). When all free agents have let this very waiter pass, they are asked again.

What it costs. Nothing is ever scanned. A waiter who comes, goes or is matched costs O(log n). An agent who becomes free
or busy costs O(g log n); g is the number of groups of that queue that the agent fits: the distinct needs in use there,
counted after relaxation. Needs come from the configuration (queues and blocks), so g is small, whatever the numbers of
agents and waiters. A new group looks at all agents on duty once. Up to `IDLE_GROUPS` groups in which nobody waits are
kept, so that needs that come and go cost nothing. With more distinct needs than that in turn, each new one costs
O(agents on duty).
"""

from math import fsum

from routing.acd import skills
from routing.acd.strategies import strategy_of, tally_of
from routing.config import QueueMember
from routing.ids import AgentId
from routing.state import Agent, Queue, Waiter
from routing.state.groups import Group, Needs, Rank
from routing.state.index import Key
from routing.state.world import World

CALL_WEIGHT = 1.0
"""How much of an agent's capacity a call takes."""
SLACK = 1e-9
"""Three thirds are one, whatever a sum of floating-point numbers says."""
PRIORITY_SECONDS = 300.0
"""What a point of priority counts (s) if the team is not known."""
IDLE_GROUPS = 64
"""How many groups of a queue are kept although nobody waits in them."""

# -- waiters -------------------------------------------------------------------------------------------------


def rank(world: World, queue: Queue, waiter: Waiter) -> Rank:
    """Return a waiter's place. A point of priority counts like seconds of waiting, so the rank never changes, and only
    those who join within a bounded time after a waiter can come before them."""
    return rank_with(world, queue, waiter, waiter.priority)


def rank_with(world: World, queue: Queue, waiter: Waiter, priority: int) -> Rank:
    """Return the rank that the waiter would have with this priority of their own."""
    points = queue.config.priority + priority
    if not points:
        return (waiter.joined_at, waiter.sequence)
    team = world.teams.get(queue.config.team)
    seconds = PRIORITY_SECONDS if team is None else team.priority_seconds
    return (waiter.joined_at - seconds * points, waiter.sequence)


def stand(world: World, queue: Queue, waiter: Waiter) -> None:
    """Let the waiter, who is in `queue.calls`, be offered."""
    key = queue.calls[waiter.id]
    group = group_of(world, queue, waiter)
    group.waiting.add(waiter.id, waiter.priority, key)
    queue.waiting[waiter.id] = group
    if group.reserved is not None:
        queue.sticky.add(waiter.id, waiter.priority, key)
    if group.free.order:
        world.dirty[group] = None


def withdraw(queue: Queue, waiter: Waiter) -> None:
    """Let the waiter not be offered (any more)."""
    group = queue.waiting.pop(waiter.id, None)
    if group is None:
        return
    group.waiting.discard(waiter.id, waiter.priority)
    if group.reserved is not None:
        queue.sticky.discard(waiter.id, waiter.priority)
        if not group.waiting.size:
            del queue.reserved[group.reserved]


def move(world: World, queue: Queue, waiter: Waiter) -> None:
    """Put the waiter into the right group: their needs have changed, or whom they wait for."""
    if waiter.id in queue.waiting:
        withdraw(queue, waiter)
        stand(world, queue, waiter)


def group_of(world: World, queue: Queue, waiter: Waiter) -> Group:
    """Return the group in which the waiter stands, or would stand. It is made if need be."""
    if waiter.waits_for_preferred and waiter.preferred is not None:
        return _reserved(queue, waiter.preferred)
    needs = needs_of(queue, waiter)
    group = queue.groups.get(needs)
    return _add_group(world, queue, needs) if group is None else group


def needs_of(queue: Queue, waiter: Waiter) -> Needs:
    """Return what the waiter needs of an agent by now."""
    if not queue.config.skills and not waiter.needs:
        return ()
    return skills.effective(queue.config.skills, waiter.needs, waiter.relaxed)


def last_group_of(world: World, queue: Queue, waiter: Waiter) -> Group:
    """Return the group of what the waiter will need when all levels are lowered. If no agent on duty is there, no agent
    will serve the waiter."""
    lower = skills.lowest(queue.config.relaxation)
    needs = skills.effective(queue.config.skills, waiter.needs, lower)
    group = queue.groups.get(needs)
    return _add_group(world, queue, needs) if group is None else group


def _reserved(queue: Queue, agent: AgentId) -> Group:
    group = queue.reserved.get(agent)
    if group is None:
        group = queue.reserved[agent] = Group(queue.config.id, reserved=agent)
        key = queue.free.get(agent)
        if key is not None:
            group.free.add(agent, key)
    return group


def _add_group(world: World, queue: Queue, needs: Needs) -> Group:
    _drop_idle(queue)
    group = queue.groups[needs] = Group(queue.config.id, needs)
    queue.fits.clear()
    for id in queue.staffed:
        count = skills.met(queue.members[id].skills, needs)
        if count is not None:
            group.staffed += 1
            if (key := queue.free.get(id)) is not None:
                group.free.add(id, _key_in(group, key, count))
    return group


def _drop_idle(queue: Queue) -> None:
    if len(queue.groups) <= IDLE_GROUPS:
        return
    for needs, group in list(queue.groups.items()):
        if needs and not group.waiting.size:
            del queue.groups[needs]
            queue.fits.clear()
            return


# -- agents --------------------------------------------------------------------------------------------------


def load(world: World, agent: Agent) -> float:
    """Return how much of the agent's capacity is taken: 1 for each call, and what each conversation weighs."""
    return CALL_WEIGHT * len(agent.calls) + fsum(world.work[id].weight for id in agent.work)


def has_room_for(world: World, agent: Agent, weight: float) -> bool:
    """Return whether so much more stays within the agent's capacity."""
    return load(world, agent) + weight <= agent.config.capacity + SLACK


def add_free(world: World, queue: Queue, agent: Agent) -> None:
    """Let the agent be offered calls, or move them to their new place among those who can be."""
    id, member = agent.config.id, queue.members[agent.config.id]
    strategy = strategy_of(queue.config)
    key = strategy.key(agent, member, tally_of(agent, queue.config.id, world.now))
    if queue.of_work:
        key = (load(world, agent), *key)
    queue.free.add(id, key)
    plain = queue.groups[()]
    if plain.waiting.size:
        world.dirty[plain] = None
    if len(queue.groups) > 1:
        for group, count in _fitting(queue, member):
            group.free.add(id, _key_in(group, key, count))
            if group.waiting.size:
                world.dirty[group] = None
    if queue.reserved and (own := queue.reserved.get(id)) is not None:
        own.free.add(id, key)
        world.dirty[own] = None


def drop_free(queue: Queue, agent: AgentId) -> None:
    """Let the agent not be offered calls (any more)."""
    if not queue.free.discard(agent):
        return
    if len(queue.groups) > 1:
        for group, _ in _fitting(queue, queue.members[agent]):
            group.free.discard(agent)
    if queue.reserved and (own := queue.reserved.get(agent)) is not None:
        own.free.discard(agent)


def begin_to_serve(queue: Queue, agent: AgentId) -> None:
    """Count the agent among those who serve the queue."""
    queue.staffed[agent] = None
    for group in (queue.groups[()], *(group for group, _ in _fitting(queue, queue.members[agent]))):
        group.staffed += 1


def stop_serving(queue: Queue, agent: AgentId) -> None:
    """Count the agent no longer among those who serve the queue."""
    del queue.staffed[agent]
    for group in (queue.groups[()], *(group for group, _ in _fitting(queue, queue.members[agent]))):
        group.staffed -= 1


def _fitting(queue: Queue, member: QueueMember) -> list[tuple[Group, int]]:
    found = queue.fits.get(member.skills)
    if found is None:
        found = queue.fits[member.skills] = [
            (group, count)
            for needs, group in queue.groups.items()
            if needs and (count := skills.met(member.skills, needs)) is not None
        ]
    return found


def _key_in(group: Group, key: Key, count: int) -> Key:
    return (-count, *key) if group.wanted else key


# -- changes of everything -----------------------------------------------------------------------------------


def refresh_day(world: World, queue: Queue, midnight: float) -> None:
    """Compute the order of the free agents again if a day has ended since, and their order depends on the day's
    figures. `midnight` is the next one."""
    queue.rekey_at = midnight
    if strategy_of(queue.config).daily:
        for id in list(queue.free):
            add_free(world, queue, world.agents[id])


def rebuild(world: World, queue: Queue) -> None:
    """Compute ranks, groups and the order of free agents again, after a change of configuration. O(waiters + free
    agents)."""
    available = [id for id in queue.calls if id in queue.waiting]
    free = [id for id in queue.free if id in queue.members]
    _clear(world, queue)
    for id in list(queue.calls):
        waiter = world.waiter(id)
        if waiter is not None:
            queue.calls[id] = rank(world, queue, waiter)
    for agent in free:
        add_free(world, queue, world.agents[agent])
    for id in available:
        waiter = world.waiter(id)
        if waiter is not None:
            stand(world, queue, waiter)


def _clear(world: World, queue: Queue) -> None:
    """Empty every group: no agent is free, and no waiter can be offered."""
    for group in (*queue.groups.values(), *queue.reserved.values()):
        world.dirty.pop(group, None)
    queue.waiting.clear()
    queue.reserved.clear()
    queue.sticky = type(queue.sticky)()
    queue.fits.clear()
    queue.free.clear()
    queue.groups = {(): Group(queue.config.id, free=queue.free)}
    queue.groups[()].staffed = len(queue.staffed)
