"""Offers: which agents a queue rings for a waiter, and the record of why."""

from collections.abc import Container, Iterator
from dataclasses import dataclass
from itertools import chain

from routing.acd import decisions, matching, queues, statistics
from routing.acd.decisions import keep as keep
from routing.acd.strategies import strategy_of
from routing.ids import AgentId, CallId
from routing.state import Agent, Call, Decision, Queue, Waiter
from routing.state.groups import Group
from routing.state.world import World


@dataclass(slots=True)
class Choice:
    agents: list[AgentId]
    decision: Decision


def choose(world: World, queue: Queue, group: Group, waiter: Waiter) -> Choice:
    """Choose whom to ring at once: one agent or more, by the queue's strategy; for a callback and a conversation one.
    The group has free agents.

    An agent who just let this very waiter pass, or whose phone refused it, is left out. If all of them did, a new round
    begins: first with those who let it pass.
    """
    count = strategy_of(queue.config).phones(queue.config) if isinstance(waiter, Call) else 1
    chosen, following, missed = _pick(world, queue, group, waiter, count)
    if not chosen:
        for agent in (world.agents[id] for id in group.free):
            if agent.passed == waiter.id:
                agent.passed = None
        chosen, following, missed = _pick(world, queue, group, waiter, count)
    if not chosen:
        for id in group.free:
            world.agents[id].refused.clear()
        chosen, following, missed = _pick(world, queue, group, waiter, count)
    return Choice(chosen, decisions.decide(world, queue, group, waiter, chosen, following, missed))


def let_pass(agent: Agent, waiter: CallId) -> bool:
    """Return whether the agent just let this waiter pass, or their phone refused it."""
    return agent.passed == waiter or waiter in agent.refused


def may_be_asked(world: World, group: Group, waiter: CallId) -> bool:
    """Return whether some phone of the group's free agents has not refused this waiter."""
    return any(waiter not in world.agents[id].refused for id in group.free)


def offer(world: World, queue: Queue, call: Call, choice: Choice) -> None:
    """Ring the chosen agents. The call keeps its place."""
    config, strategy = queue.config, strategy_of(queue.config)
    queues.stop_waiting(world, call, queue)
    keep(call, choice.decision)
    rung = [world.agents[id] for id in choice.agents]
    if strategy.progressive and config.ring_limit > 1:
        call.open_offer, call.more = True, config.ring_limit - 1
        queues.plan_next(world, call, config.ring_step)
    if strategy.turns:
        for agent in rung:
            statistics.take_turn(world, agent, queue)
    queues.ring(world, call, rung, queue=config.id, timeout=config.ring_timeout, music=config.music)


def ring_held(world: World, queue: Queue, call: Call, agent: Agent) -> None:
    """Ring the agent who was held for the call, whatever the strategy says. The agent is free, and the call can be
    offered."""
    group, id = queue.waiting[call.id], agent.config.id
    decision = decisions.decide(world, queue, group, call, [id], [], 0)
    queues.stop_waiting(world, call, queue)
    keep(call, decision)
    config = queue.config
    queues.ring(world, call, [agent], queue=config.id, timeout=config.ring_timeout, music=config.music)


def next_for(world: World, queue: Queue, call: Call) -> AgentId | None:
    """Return whom to ring beside those who ring already: the first free agent who can serve the call and did not let it
    pass. The decision is kept."""
    group = matching.group_of(world, queue, call)
    if not len(group.free):
        return None
    chosen, following, missed = _pick(world, queue, group, call, 1, call.ringing)
    if not chosen:
        return None
    keep(call, decisions.decide(world, queue, group, call, chosen, following, missed))
    return chosen[0]


Picked = tuple[list[AgentId], list[AgentId], int]
"""Those who are rung; those who would be next, ten at most; how many came before them but let this waiter pass."""


def _pick(
    world: World, queue: Queue, group: Group, waiter: Waiter, count: int, ringing: Container[AgentId] = ()
) -> Picked:
    """Return the first `count` free agents of the group who did not let this very waiter pass. Those who are `ringing`
    for it, and have room for a second call, are left out."""
    found: list[AgentId] = []
    missed = skipped = 0
    agents, id, most = world.agents, waiter.id, count
    if world.watched or strategy_of(queue.config).draw is not None:
        most += decisions.NAMED
    for agent in _order(world, queue, group, waiter):
        known = agents[agent]
        if agent in ringing:
            continue
        if known.passed == id or (known.refused and id in known.refused):
            skipped += 1
        else:
            if len(found) < count:
                missed = skipped
            found.append(agent)
            if len(found) == most:
                break
    return found[:count], found[count:], missed


def _order(world: World, queue: Queue, group: Group, waiter: Waiter) -> Iterator[AgentId]:
    """Return the group's free agents in the order in which they are rung, the preferred one first."""
    if world.now >= queue.rekey_at:
        matching.refresh_day(world, queue, statistics.counters(world, queue).until)
    draw = strategy_of(queue.config).draw
    order = iter(group.free) if draw is None else draw(group.free, queue, world.rng)
    preferred = waiter.preferred
    if preferred is None or preferred not in group.free:
        return order
    return chain((preferred,), (id for id in order if id != preferred))
