"""The core's indices, computed again by looking at everything. This is slow and plain, and shares no code with the
core."""

import math
from collections import Counter
from typing import Any, assert_never

from routing.config import Strategy
from routing.events import AgentStatus
from routing.ids import AgentId, CallId
from routing.state import Agent, Attendance, Call, Queue, Tally, Waiter, WorkItem, WorkPhase
from routing.state.groups import Group
from routing.state.phases import CallPhase
from routing.state.world import World

Needs = dict[str, tuple[int, bool]]
CALL_TIMERS = {
    "digit": {CallPhase.COLLECTING},
    "max-wait": {CallPhase.QUEUED, CallPhase.OFFERING, CallPhase.WITHDRAWING},
    "announce": {CallPhase.QUEUED, CallPhase.OFFERING, CallPhase.WITHDRAWING},
    "comfort": {CallPhase.QUEUED, CallPhase.OFFERING, CallPhase.WITHDRAWING},
    "relax": {CallPhase.QUEUED, CallPhase.OFFERING, CallPhase.WITHDRAWING},
    "sticky": {CallPhase.QUEUED},
    "retry": {CallPhase.QUEUED},
    "ring-next": {CallPhase.OFFERING},
    "guard": set(CallPhase) - {CallPhase.ROUTING, CallPhase.COLLECTING},
}
"""The timers that a call may have in each phase."""


def load(world: World, agent: Agent) -> float:
    """Return how much of the agent's capacity is taken."""
    return len(agent.calls) + math.fsum(world.work[item].weight for item in agent.work)


def why_not(world: World, queue: Queue, agent: Agent) -> str:
    """Return why the queue cannot offer the agent a call. Return an empty text if it can."""
    phone = world.phones.get(agent.config.phone)
    own = agent.in_queue.get(queue.config.id)
    if own is not None and own.status is not AgentStatus.AVAILABLE:
        return "status"
    if agent.status is not AgentStatus.AVAILABLE:
        return "status"
    if agent.wrap_up is not None:
        return "wrap-up"
    if queue.of_work:
        return _why_no_work(world, queue, agent)
    if len(agent.calls) >= agent.config.capacity or (
        agent.work and load(world, agent) + 1 > agent.config.capacity
    ):
        return "capacity"
    if phone is None or not phone.registered or phone.busy:
        return "phone"
    return "pause" if f"{agent.config.id}:backoff" in world.timers else ""


def _why_no_work(world: World, queue: Queue, agent: Agent) -> str:
    full = load(world, agent) + queue.config.work_weight > agent.config.capacity + 1e-6
    if full or not all(agent.work.values()):
        return "capacity"
    phone = world.phones.get(agent.config.phone)
    if phone is not None and phone.busy:
        return "phone"
    return "pause" if f"{agent.config.id}:backoff" in world.timers else ""


def members(world: World, queue: Queue) -> dict[AgentId, Agent]:
    """Return the members that exist."""
    known = ((member.agent, world.agents.get(member.agent)) for member in queue.config.members)
    return {id: agent for id, agent in known if agent is not None and not agent.removed}


def needs(queue: Queue, waiter: Waiter) -> Needs:
    found: Needs = {}
    for need in [*queue.config.skills, *waiter.needs]:
        level, required = found.get(need.skill, (0, False))
        found[need.skill] = (max(level, need.level), required or need.required)
    return {
        skill: (level - waiter.relaxed if required else level, required)
        for skill, (level, required) in found.items()
        if not required or level - waiter.relaxed >= 1
    }


def can_serve(queue: Queue, agent: AgentId, wanted: Needs) -> bool:
    has = {
        skill: level
        for member in queue.config.members
        if member.agent == agent
        for skill, level in member.skills
    }
    return all(has.get(skill, 0) >= level for skill, (level, required) in wanted.items() if required)


def preferred_met(queue: Queue, agent: AgentId, wanted: Needs) -> int:
    has = {
        skill: level
        for member in queue.config.members
        if member.agent == agent
        for skill, level in member.skills
    }
    return sum(has.get(skill, 0) >= level for skill, (level, required) in wanted.items() if not required)


def place(world: World, queue: Queue, waiter: Waiter, priority: int | None = None) -> tuple[float, int]:
    """Return the call's rank: the time when it joined, minus the value of its points of priority."""
    points = queue.config.priority + (waiter.priority if priority is None else priority)
    team = world.teams.get(queue.config.team)
    worth = 300.0 if team is None else team.priority_seconds
    return (waiter.joined_at - worth * points if points else waiter.joined_at, waiter.sequence)


def standing_work(world: World, queue: Queue) -> dict[CallId, WorkItem]:
    """Return the conversations that wait in the queue, also those that are offered."""
    items = [item for item in world.work.values() if item.phase is not WorkPhase.ACCEPTED]
    return {item.id: item for item in items if item.queue == queue.config.id}


def can_be_offered(world: World, queue: Queue) -> dict[CallId, Waiter]:
    """Return those who stand in the queue and for whom no phone rings and no retry timer runs."""
    if queue.of_work:
        return {
            id: item for id, item in standing_work(world, queue).items() if item.phase is WorkPhase.WAITING
        }
    found: dict[CallId, Waiter] = {}
    for call in world.calls.values():
        here = call.queue == queue.config.id and call.phase is CallPhase.QUEUED
        if here and f"{call.id}:retry" not in world.timers:
            found[call.id] = call
    for callback in world.callbacks.values():
        here = callback.queue == queue.config.id and callback.ready and callback.attempt is None
        here = here and callback.on_line is None
        if here and f"{callback.id}:callback-retry" not in world.timers:
            found[callback.id] = callback
    return found


# -- between two events --------------------------------------------------------------------------------------


def check(world: World) -> None:
    """Check what must be true between two events."""
    for queue in world.queues.values():
        _check_agents(world, queue)
        _check_waiters(world, queue)
        _check_groups(world, queue)
        if queue.work is not None:
            _check_line(world, queue, queue.work)
    _check_work(world)
    assert world.team_calls == Counter(call.team for call in world.calls.values())
    _check_lookups(world)
    _check_timers(world)
    for agent in world.agents.values():
        listed = set(world.memberships.get(agent.config.id, ()))
        assert set(agent.tallies) <= listed, "figures of a queue that the agent has left"
        assert set(agent.in_queue) <= listed, "a status in a queue that the agent has left"
        assert agent.calls.keys() <= world.calls.keys()
        assert not agent.removed or agent.calls, "a removed agent who has no call"
    assert not world.dirty
    assert not world.leaving
    assert not world.recalled
    assert not world.without_music
    assert not world.out


def _check_agents(world: World, queue: Queue) -> None:
    known = members(world, queue)
    reasons = {id: why_not(world, queue, agent) for id, agent in known.items()}
    assert dict(queue.reasons) == {id: why for id, why in reasons.items() if why}
    assert set(queue.free) == {id for id, why in reasons.items() if not why}
    assert queue.passed == Counter(why for why in reasons.values() if why)
    serving = {
        id
        for id, agent in known.items()
        if agent.status is AgentStatus.AVAILABLE
        and queue.config.id not in agent.in_queue
        and (_is_there(world, agent) or f"{id}:lapse" in world.timers)
    }
    assert set(queue.staffed) == serving
    working = [
        tally
        for agent in world.agents.values()
        if (tally := agent.tallies.get(queue.config.id)) is not None
        and tally.attendance is not Attendance.ABSENT
        and tally.until > world.now
    ]
    if queue.counters.until > world.now:
        assert queue.counters.working == len(working)
        assert queue.counters.working_calls == sum(tally.calls + tally.given_calls for tally in working)
        talk = sum(tally.talk + tally.given_talk for tally in working)
        assert abs(queue.counters.working_talk - talk) < 1e-6
    assert queue.states.keys() == known.keys()
    assert queue.counts == Counter(queue.states.values())


def _is_there(world: World, agent: Agent) -> bool:
    phone = world.phones.get(agent.config.phone)
    return (phone is not None and phone.registered) or any(agent.calls.values())


def _check_waiters(world: World, queue: Queue) -> None:
    standing = {call.id: call for call in world.calls.values() if call.queue == queue.config.id}
    promised = {
        callback.id: callback
        for callback in world.callbacks.values()
        if callback.queue == queue.config.id
        and callback.on_line is None
        and f"{callback.id}:callback-retry" not in world.timers
    }
    everybody: dict[CallId, Waiter] = {**standing, **promised}
    assert {id: queue.calls[id] for id in queue.calls} == {
        id: place(world, queue, waiter) for id, waiter in everybody.items()
    }
    assert list(queue.calls) == sorted(queue.calls, key=lambda id: place(world, queue, everybody[id]))
    assert queue.promised == len(promised)
    assert set(queue.waiting) == set(can_be_offered(world, queue))
    ringing = {id for id, call in standing.items() if call.phase in ("offering", "withdrawing")}
    assert set(queue.offered) == ringing
    assert queue.callers_waiting == len(standing.keys() - ringing)


def _check_line(world: World, queue: Queue, line: Queue) -> None:
    """Check the conversations of the queue."""
    assert line.of_work
    had = [item for item in world.work.values() if item.phase is WorkPhase.ACCEPTED]
    assert line.accepted == sum(item.queue == queue.config.id for item in had)
    assert line.config is queue.config
    assert line.members == queue.members
    known = members(world, queue)
    reasons = {id: why_not(world, line, agent) for id, agent in known.items()}
    assert line.reasons == {id: why for id, why in reasons.items() if why}
    assert set(line.free) == {id for id, why in reasons.items() if not why}
    assert line.passed == Counter(why for why in reasons.values() if why)
    serving = {
        id
        for id, agent in known.items()
        if agent.status is AgentStatus.AVAILABLE and queue.config.id not in agent.in_queue
    }
    assert set(line.staffed) == serving
    standing = standing_work(world, queue)
    assert {id: line.calls[id] for id in line.calls} == {
        id: place(world, line, item) for id, item in standing.items()
    }
    assert set(line.offered) == {id for id, item in standing.items() if item.phase is WorkPhase.OFFERED}
    assert set(line.waiting) == set(can_be_offered(world, line))
    _check_groups(world, line)


def _check_work(world: World) -> None:
    """Check that each conversation stands in its queue or is with one agent, and is nowhere else."""
    for item in world.work.values():
        offered = f"{item.id}:offer" in world.timers
        assert offered == (item.phase is WorkPhase.OFFERED)
        waits = [stay for stay in item.stays if stay.outcome == "waiting"]
        if item.phase is WorkPhase.ACCEPTED:
            assert not waits
        else:
            assert [stay.queue for stay in waits] == [item.queue]
            assert world.queues[item.queue].work is not None
        assert (item.agent is None) == (item.phase is WorkPhase.WAITING)
        assert len({stay.number for stay in item.stays}) == len(item.stays)
    for agent in world.agents.values():
        own = {item.id: item for item in world.work.values() if item.agent == agent.config.id}
        assert agent.work == {id: item.phase is WorkPhase.ACCEPTED for id, item in own.items()}
        assert list(agent.work.values()).count(False) <= 1, "two offers at once"
        assert not agent.removed or not agent.work


def _check_groups(world: World, queue: Queue) -> None:
    """Check that each waiter is in the group of its needs, and each free agent in every group that they can serve."""
    groups = [*queue.groups.values(), *queue.reserved.values()]
    waiting = can_be_offered(world, queue)
    for id, waiter in waiting.items():
        group = queue.waiting[id]
        assert group in groups
        assert any(id in line for _, line in group.waiting.lines())
        if waiter.waits_for_preferred:
            assert group.reserved == waiter.preferred
            assert group.reserved in queue.staffed
        else:
            assert {s: (level, required) for s, level, required in group.needs} == needs(queue, waiter)
    for group in groups:
        wanted = {skill: (level, required) for skill, level, required in group.needs}
        own = group.reserved
        fitting = {id for id in queue.free if own in (None, id) and can_serve(queue, id, wanted)}
        assert set(group.free) == fitting
        on_duty = sum(can_serve(queue, id, wanted) for id in queue.staffed)
        assert own is not None or group.staffed == on_duty
        assert group.waiting.size == sum(found is group for found in queue.waiting.values())
        assert not (group.waiting.size and len(group.free)), "a caller waits while an agent is free"
    assert all(group.waiting.size for group in queue.reserved.values())
    sticky = {id for _, line in queue.sticky.lines() for id in line}
    assert sticky == {id for id, group in queue.waiting.items() if group.reserved is not None}
    assert len(queue.groups) <= 66


def _check_lookups(world: World) -> None:
    present = [agent for agent in world.agents.values() if not agent.removed]
    assert world.agents_by_phone == _listed([(a.config.phone, a.config.id) for a in present])
    assert world.agents_by_user == _listed([(a.config.user, a.config.id) for a in present])
    enlisted = _listed(
        [
            (member.agent, queue.config.id)
            for queue in world.queues.values()
            for member in queue.config.members
            if (known := world.agents.get(member.agent)) is None or not known.removed
        ]
    )
    for id, queues in world.memberships.items():
        assert queues.keys() <= enlisted.get(id, {}).keys()
        assert list(queues) == sorted(queues)
        assert queues, "an empty list of queues"
    for agent in present:
        assert world.memberships.get(agent.config.id, {}).keys() == enlisted.get(agent.config.id, {}).keys()
    followed = Counter(
        (call.route, call.route_version) for call in world.calls.values() if call.route is not None
    )
    assert dict(world.route_calls) == dict(followed)
    assert set(world.old_routes) <= set(followed)


def _listed(pairs: list[tuple[Any, Any]]) -> dict[Any, dict[Any, None]]:
    found: dict[Any, dict[Any, None]] = {}
    for key, value in pairs:
        found.setdefault(key, {})[value] = None
    return found


def _check_timers(world: World) -> None:
    for timer in world.timers:
        owner, _, purpose = timer.rpartition(":")
        call = world.calls.get(CallId(owner))
        if call is not None:
            assert call.phase in CALL_TIMERS[purpose], f"{purpose} in {call.phase}"
        elif owner in world.callbacks:
            assert purpose in ("callback-retry", "relax", "sticky"), timer
        elif owner in world.work:
            allowed = {"waiting": ("relax", "sticky"), "offered": ("relax", "offer"), "accepted": ()}
            assert purpose in allowed[world.work[CallId(owner)].phase], timer
        else:
            assert purpose in ("wrap-up", "backoff", "lapse"), timer
            agent = world.agents[AgentId(owner)]
            assert purpose != "lapse" or (not _is_there(world, agent) and agent.status == "Available")
            assert purpose != "wrap-up" or agent.wrap_up is not None


def nothing_is_left(world: World) -> None:
    """Check that only configuration, figures and agents' pauses are left when every call and callback is over."""
    assert not world.calls
    assert not world.callbacks
    assert not world.work
    assert not world.route_calls
    assert not world.old_routes
    assert {timer.rpartition(":")[2] for timer in world.timers} <= {"wrap-up", "backoff", "lapse"}
    for queue in world.queues.values():
        assert not len(queue.calls)
        assert not queue.waiting
        assert not queue.callbacks
        assert not queue.reserved
        assert not queue.sticky.size
        assert queue.promised == queue.pace.talks == 0
    for agent in world.agents.values():
        assert not agent.calls
        assert not agent.work
        assert not agent.removed


# -- one decision --------------------------------------------------------------------------------------------


class DecisionCheck:
    """Check each decision while the chosen agents are still free. Check its record afterwards."""

    def __init__(self) -> None:
        self.expected: list[tuple[str, str, tuple[AgentId, ...], int, int, dict[str, int]]] = []
        self.seen = 0

    def __call__(
        self, world: World, queue: Queue, group: Group, waiter: Waiter, chosen: list[AgentId]
    ) -> None:
        self.seen += 1
        wanted = needs(queue, waiter)
        assert chosen
        assert len(chosen) == len(set(chosen))
        for id in chosen:
            assert why_not(world, queue, world.agents[id]) == "", "an agent who is not free"
            assert can_serve(queue, id, wanted), "an agent who lacks a skill"
            assert group.reserved in (None, id)
        free = [id for id in members(world, queue) if not why_not(world, queue, world.agents[id])]
        if not isinstance(waiter, Call) or waiter.callback_of is None:
            self._by_strategy(world, queue, group, waiter, chosen, free)
        position = list(queue.calls).index(waiter.id) + 1
        overtaken = self._overtaken(world, queue, waiter)
        self.expected.append((waiter.id, queue.config.id, tuple(chosen), len(free), position, overtaken))

    def _by_strategy(
        self,
        world: World,
        queue: Queue,
        group: Group,
        waiter: Waiter,
        chosen: list[AgentId],
        free: list[AgentId],
    ) -> None:
        """Check that the chosen agents are the first by the queue's strategy. If the strategy draws, check only that
        no other agent comes before them."""
        wanted, config = needs(queue, waiter), queue.config
        able = [
            id
            for id in free
            if can_serve(queue, id, wanted)
            and group.reserved in (None, id)
            and world.agents[id].passed != waiter.id
            and waiter.id not in world.agents[id].refused
        ]
        keys = {
            id: (
                id != waiter.preferred,
                -preferred_met(queue, id, wanted) if group.reserved is None else 0,
                load(world, world.agents[id]) if queue.of_work else 0,
                len(world.agents[id].calls),
                *_figures(world, queue, world.agents[id]),
            )
            for id in able
        }
        count = 1
        if config.strategy is Strategy.RING_ALL and isinstance(waiter, Call):
            count = max(1, config.ring_limit)
        order = sorted(able, key=lambda id: (keys[id], id))
        if config.strategy in (Strategy.RANDOM, Strategy.WEIGHTED_RANDOM):
            assert keys[chosen[0]] == keys[order[0]]
        else:
            assert chosen == order[:count], (config.strategy, keys)

    def _overtaken(self, world: World, queue: Queue, waiter: Waiter) -> dict[str, int]:
        """Count those who still wait although they come before this one, or joined earlier."""
        mine, counts = place(world, queue, waiter), Counter[str]()
        for other in can_be_offered(world, queue).values():
            if other is waiter:
                continue
            as_it_is, as_mine = place(world, queue, other), place(world, queue, waiter, other.priority)
            if as_it_is < mine:
                counts["sticky" if other.waits_for_preferred else "skill"] += 1
            elif other.priority < waiter.priority and as_it_is < as_mine:
                counts["priority"] += 1
        return dict(counts)

    def compare(self, world: World) -> None:
        """Check that the decision records of this event say what was seen."""
        for waiter, queue, chosen, free, position, overtaken in self.expected:
            holders: list[Call | WorkItem] = [*world.calls.values(), *world.work.values()]
            calls = [it for it in holders if waiter in (it.id, getattr(it, "callback_of", None))]
            found = [
                decision
                for call in calls
                for decision in call.decisions
                if (decision.queue, decision.agents, decision.free, decision.position)
                == (queue, chosen, free, position)
                and decision.at == world.now
                and decision.overtaken == overtaken
            ]
            assert found or not calls or any(len(call.decisions) >= 100 for call in calls), "no record"
        self.expected.clear()


def _figures(world: World, queue: Queue, agent: Agent) -> tuple[float, ...]:
    """Return the figures by which the strategy orders agents, without the number of their calls."""
    (order,) = [member.order for member in queue.config.members if member.agent == agent.config.id]
    tally = agent.tallies.get(queue.config.id, Tally())
    today = tally.until > world.now
    strategy = queue.config.strategy
    match strategy:
        case Strategy.LONGEST_IDLE | Strategy.RING_ALL | Strategy.RING_PROGRESSIVELY:
            return (agent.idle_since, order)
        case Strategy.ROUND_ROBIN:
            return (tally.turn, order)
        case Strategy.FEWEST_CALLS:
            return (tally.calls + tally.given_calls if today else 0, agent.idle_since, order)
        case Strategy.LEAST_TALK_TIME:
            return (tally.talk + tally.given_talk if today else 0.0, agent.idle_since, order)
        case Strategy.LINEAR:
            return (order,)
        case Strategy.RANDOM | Strategy.WEIGHTED_RANDOM:
            return ()
        case _:
            assert_never(strategy)


def capacities_hold(world: World, agents: list[AgentId]) -> None:
    """Check that none of these agents has more calls than they can take."""
    for id in agents:
        agent = world.agents[id]
        assert len(agent.calls) <= agent.config.capacity, f"{agent.calls}"
