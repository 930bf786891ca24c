"""Why one agent was not chosen for an offer. The decision record counts reasons; this names that of a single agent."""

from datetime import UTC, datetime

from routing.acd import matching, offers
from routing.acd.strategies import strategy_of, tally_of
from routing.events import AgentStatus
from routing.ids import AgentId
from routing.state import Agent, Queue, Waiter
from routing.state.groups import Group, Needs
from routing.state.world import World


def reason(
    world: World, queue: Queue, group: Group, waiter: Waiter, chosen: list[AgentId], id: AgentId
) -> str:
    """Return a phrase for people. It begins with the decision record's word (status, phone, skill, wrap-up, capacity,
    pause, sticky, missed, order, chosen). Ask in the moment of the decision, from `World.witness`."""
    agent = world.agents.get(id)
    if agent is None or id not in queue.members:
        return (
            "no member: they do not belong to the queue"
            if agent is not None
            else "unknown: there is no such agent"
        )
    if id in chosen:
        return f"chosen: {_place(world, queue, group, agent)}"
    why = queue.reasons.get(id, "")
    if why:
        return f"{why}: {_blocked(world, queue, agent, why)}"
    if id not in group.free:
        return _outside(queue, group, waiter, id)
    if offers.let_pass(agent, waiter.id):
        return "missed: they let this very call pass just before, and others are free"
    return f"order: {_place(world, queue, group, agent)}; {len(chosen)} rung"


def _blocked(world: World, queue: Queue, agent: Agent, why: str) -> str:
    match why:
        case "status":
            return _status(queue, agent)
        case "wrap-up" if agent.wrap_up is not None:
            return f"after-call work of call {agent.wrap_up.call} until {_time(agent.wrap_up.until)}"
        case "capacity":
            held = ", ".join(
                f"{'talks with' if talks else 'rings for'} {id}" for id, talks in agent.calls.items()
            )
            if agent.work:
                held = ", ".join([*([held] if held else []), f"{len(agent.work)} conversations"])
            return f"{held}, of {agent.config.capacity} at once"
        case "phone":
            return _phone(world, agent)
        case _:
            return f"no offers after a failed one until {_time(agent.backoff_until)}"


def _status(queue: Queue, agent: Agent) -> str:
    own = agent.in_queue.get(queue.config.id)
    if agent.removed:
        return "they are removed, and only end their calls"
    if agent.status is AgentStatus.AVAILABLE and own is not None:
        return f"they are {own.status} in this queue"
    return f"they are {agent.status} since {_time(agent.since)}"


def _phone(world: World, agent: Agent) -> str:
    phone = world.phones.get(agent.config.phone)
    if phone is None or not phone.registered:
        return f"{agent.config.phone} is not registered"
    return f"{agent.config.phone} is in a call that we did not offer"


def _outside(queue: Queue, group: Group, waiter: Waiter, id: AgentId) -> str:
    if group.reserved is not None:
        return f"sticky: the caller still waits for agent {group.reserved} alone"
    needs = matching.needs_of(queue, waiter)
    return f"skill: {_lacking(needs, dict(queue.members[id].skills))}"


def _lacking(needs: Needs, has: dict[str, int]) -> str:
    return ", ".join(
        f"{skill} {level} is needed, they have {has.get(skill, 0) or 'none'}"
        for skill, level, required in needs
        if required and has.get(skill, 0) < level
    )


def _place(world: World, queue: Queue, group: Group, agent: Agent) -> str:
    """Return where the agent stood among the free agents who can serve the call, and by what."""
    strategy, free = strategy_of(queue.config), list(group.free)
    of = f"of {len(free)} free by {queue.config.strategy}"
    if strategy.draw is not None:
        return f"one {of}, whose order is drawn for each call"
    place = free.index(agent.config.id) + 1 if agent.config.id in free else 0
    figures = tally_of(agent, queue.config.id, world.now)
    told = (
        f"idle since {_time(agent.idle_since)}, today {figures.calls} calls and {figures.talk:.0f} s of talk, "
        f"counted as {figures.counted_calls} and {figures.counted_talk:.0f}"
    )
    return f"number {place} {of} ({told}, order {queue.members[agent.config.id].order})"


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
