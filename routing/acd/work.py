"""Work: conversations that wait in a queue, and are offered to agents as calls are. No telephone rings.

THEORY OF OPERATION

An agent may have room for a conversation and none for a call, and needs no telephone for it. So the conversations of a
queue have waiters, free agents and figures of their own: `Queue.work`, a queue with the same configuration. Rank,
needs, strategy and decision records are those of calls. Dispatch serves the heads of both, the best rank first, so an
agent has one order of waiting.

A call takes 1 of an agent's capacity, a conversation `QueueConfig.work_weight`. An agent is offered a conversation as
long as the sum stays within the capacity, the offers counted, and one at a time. Queues ring them by the same sum.
What a person gives to an agent, they have, whatever the sum is.

Each change of hands gives a `LogWork`, by which the database follows. An event that is late or comes twice finds the
item elsewhere, and changes nothing.
"""

from routing.acd import agents, decisions, matching, queues, statistics, stays
from routing.acd.offers import Choice
from routing.acd.strategies import strategy_of
from routing.commands import LogWork, OfferWork, WithdrawWork
from routing.events import LegFailure, WorkAccepted, WorkClosed, WorkDeclined, WorkEntered, WorkTransferred
from routing.figures import Outcome, measured
from routing.ids import AgentId, CallId, QueueId, TimerPurpose
from routing.records import WorkRecord
from routing.state import Agent, Queue, WorkItem, WorkPhase
from routing.state.world import World

_P = WorkPhase
CLOSED = "closed"
"""The state of an item that is not kept, and the exit of a stay that ended with it."""
REMOVED = "queue-removed"
"""The exit of a stay whose queue was removed."""


def line_of(world: World, queue: Queue) -> Queue:
    """Return the queue's conversations. They are made if need be, with the agents who are free for one."""
    if queue.work is None:
        queue.work = Queue(queue.config, members=queue.members, of_work=True)
        queue.work.accepted = sum(_is_had_from(item, queue) for item in world.work.values())
        for id in queue.members:
            if (
                queue.config.id in world.memberships.get(id, ())
                and (agent := world.agents.get(id)) is not None
            ):
                agents.sync_work(world, queue.work, agent)
    return queue.work


def _is_had_from(item: WorkItem, queue: Queue) -> bool:
    """Return whether an agent has the conversation, which waited in this queue last."""
    return item.phase is _P.ACCEPTED and item.queue == queue.config.id


# -- what happens --------------------------------------------------------------------------------------------


def entered(world: World, event: WorkEntered) -> None:
    """Put the conversation into its queue, or with the agent who has accepted it already. If the queue is gone, the
    item is closed at once."""
    if event.item in world.work:
        return
    world.sequence += 1
    item = WorkItem(
        event.item,
        event.team,
        event.queue,
        joined_at=world.now if event.since is None else min(event.since, world.now),
        sequence=world.sequence,
        customer=event.customer,
        priority=event.priority,
        needs=event.needs,
        preferred=event.preferred,
        stays_begun=event.stays,
    )
    agent = None if event.agent is None else world.agents.get(event.agent)
    if agent is not None and not agent.removed:
        world.work[item.id] = item
        _give(world, item, agent)
    elif (queue := world.queues.get(item.queue)) is not None:
        world.work[item.id] = item
        _wait(world, item, queue)
    else:
        _log(world, item)


def accepted(world: World, event: WorkAccepted) -> None:
    """Let the agent have the conversation that they are offered."""
    item = _offered_to(world, event.item, event.agent)
    if item is None:
        return
    agent, line = world.agents[event.agent], world.queues[item.queue].work
    if line is not None and item.customer and line.config.sticky_wait is not None:
        statistics.remember(world, agent, line, item.customer)
    world.cancel_timer(item.id, TimerPurpose.OFFER)
    _end_stay(world, item, Outcome.ANSWERED, agent=event.agent)
    queues.step_out(world, item, line)
    _give(world, item, agent)
    _log(world, item)


def declined(world: World, event: WorkDeclined) -> None:
    """Offer the conversation to others. It keeps its place."""
    if (item := _offered_to(world, event.item, event.agent)) is not None:
        _offer_over(world, item, LegFailure.REJECTED)


def timed_out(world: World, item: WorkItem) -> None:
    """Do the same: the agent did nothing."""
    if item.phase is _P.OFFERED:
        _offer_over(world, item, LegFailure.NO_ANSWER)


def recall(world: World, id: CallId) -> None:
    """Take the offer back: the agent is not available any more."""
    item = world.work.get(id)
    if item is not None and item.phase is _P.OFFERED:
        _offer_over(world, item, LegFailure.WITHDRAWN)


def transferred(world: World, event: WorkTransferred) -> None:
    """Let the conversation wait in that queue, or give it to that agent. One of another team is none."""
    item = world.work.get(event.item)
    if item is None:
        return
    if event.to.kind == "queue":
        queue = world.queues.get(QueueId(event.to.id))
        waits_there = item.phase is not _P.ACCEPTED and item.queue == event.to.id
        if queue is not None and queue.config.team == item.team and not waits_there:
            _take_out(world, item, Outcome.PASSED_ON, passed_to="queue")
            world.sequence += 1
            item.queue, item.joined_at, item.sequence = queue.config.id, world.now, world.sequence
            _wait(world, item, queue)
            _log(world, item)
    elif event.to.kind == "agent":
        agent = world.agents.get(AgentId(event.to.id))
        if (
            agent is not None
            and agent.config.team == item.team
            and not agent.removed
            and not agent.work.get(item.id, False)
        ):
            _take_out(world, item, Outcome.PASSED_ON, passed_to="agent")
            _give(world, item, agent)
            _log(world, item)


def closed(world: World, event: WorkClosed) -> None:
    if (item := world.work.get(event.item)) is not None:
        _close(world, item, CLOSED)


def agent_gone(world: World, agent: Agent) -> None:
    """Take from an agent who is removed what they have. It waits again, with the place that it had."""
    for id in sorted(agent.work):
        item = world.work[id]
        queue = world.queues.get(item.queue)
        if item.phase is _P.OFFERED:
            _offer_over(world, item, LegFailure.WITHDRAWN)
        elif queue is None:
            _close(world, item, REMOVED)
        else:
            _take_out(world, item, Outcome.LEFT)
            _wait(world, item, queue)
            _log(world, item)


def queue_removed(world: World, queue: Queue) -> None:
    """Close what waits in the queue. Call it while the queue is still known. Agents keep what they have accepted."""
    for id in list(queue.work.calls if queue.work is not None else ()):
        _close(world, world.work[id], REMOVED)


def restore(world: World, queue: Queue, line: Queue) -> None:
    """Rebuild which conversations stand in the queue."""
    queue.work = line
    line.accepted = sum(_is_had_from(item, queue) for item in world.work.values())
    for item in world.work.values():
        if item.queue == queue.config.id and item.phase is not _P.ACCEPTED:
            line.calls[item.id] = matching.rank(world, line, item)
            if item.phase is _P.OFFERED:
                line.offered[item.id] = None
            else:
                matching.stand(world, line, item)


# -- an offer ------------------------------------------------------------------------------------------------


def offer(world: World, line: Queue, item: WorkItem, choice: Choice) -> None:
    """Offer the conversation to the chosen agent. It keeps its place."""
    agent = world.agents[choice.agents[0]]
    queues.stop_waiting(world, item, line)
    decisions.keep(item, choice.decision)
    if strategy_of(line.config).turns:
        statistics.take_turn(world, agent, world.queues[item.queue])
    until = world.now + line.config.ring_timeout
    world.start_timer(item.id, TimerPurpose.OFFER, until)
    world.emit(OfferWork(item.id, item.team, item.queue, agent.config.id, until))
    agent.passed = None
    _put(world, item, _P.OFFERED, agent)


def _offered_to(world: World, id: CallId, agent: AgentId) -> WorkItem | None:
    item = world.work.get(id)
    return item if item is not None and item.phase is _P.OFFERED and item.agent == agent else None


def _offer_over(world: World, item: WorkItem, reason: LegFailure) -> None:
    """Let the conversation be offered again. `reason` says why the agent does not have it."""
    queue, agent = world.queues[item.queue], _withdraw(world, item, reason)
    item.phase, item.since = _P.WAITING, world.now
    queues.become_available(world, item, line_of(world, queue))
    agents.set_away_if_missed(world, agent, queue.config.missed_limit, reason)


def _withdraw(world: World, item: WorkItem, reason: LegFailure) -> Agent:
    """Take the offer from the agent. Return who that was."""
    agent = world.agents[AgentId(item.agent or "")]
    world.cancel_timer(item.id, TimerPurpose.OFFER)
    world.emit(WithdrawWork(item.id, item.team, agent.config.id))
    offered, item.agent = item.since, None
    agents.release_work(world, agent, item.id, reason, rang=world.now - offered)
    return agent


# -- who has it ----------------------------------------------------------------------------------------------


def _put(world: World, item: WorkItem, phase: WorkPhase, agent: Agent) -> None:
    """Note that the agent is offered the conversation, or has it. It takes of their capacity what the queue says."""
    queue = world.queues.get(item.queue)
    item.phase, item.since, item.agent = phase, world.now, agent.config.id
    if queue is not None:
        item.weight = queue.config.work_weight
    agents.occupy_with_work(world, agent, item.id, accepted=phase is _P.ACCEPTED)


def _give(world: World, item: WorkItem, agent: Agent) -> None:
    _put(world, item, _P.ACCEPTED, agent)
    _count_accepted(world, item, 1)


def _count_accepted(world: World, item: WorkItem, more: int) -> None:
    """Count a conversation more, or less, that agents have from its queue."""
    queue = world.queues.get(item.queue)
    if queue is not None:
        if queue.work is not None:
            queue.work.accepted += more
        world.publish(item.team, "queue", item.queue)


def _wait(world: World, item: WorkItem, queue: Queue) -> None:
    """Let the item, which has `joined_at` and `sequence`, wait in the queue."""
    item.phase, item.since, item.agent = _P.WAITING, world.now, None
    line = line_of(world, queue)
    stays.begin(world, item, queue.config.id)
    queues.line_up(world, item, line)


def _take_out(world: World, item: WorkItem, outcome: Outcome, *, exit: str = "", passed_to: str = "") -> None:
    """Take the item from its queue, and from who has it. The rest says how its stay ends, if it still waits."""
    if item.phase is _P.ACCEPTED:
        _handled(world, item, world.agents[AgentId(item.agent or "")])
        return
    if item.phase is _P.OFFERED:
        _withdraw(world, item, LegFailure.WITHDRAWN)
    _end_stay(world, item, outcome, exit=exit, passed_to=passed_to)
    queues.step_out(world, item, line_of(world, world.queues[item.queue]))


def _handled(world: World, item: WorkItem, agent: Agent) -> None:
    """Note how long the agent had the conversation."""
    stay = item.stays[-1] if item.stays else None
    took = stay is not None and (stay.agent, stay.left_at) == (item.agent, item.since)
    if stay is not None and took and stay.outcome is Outcome.ANSWERED:
        stay.talk = round(world.now - item.since, 3)
        statistics.count(world, stay, 0, talk=stay.talk)
    _count_accepted(world, item, -1)
    agent.idle_since = world.now
    item.agent = None
    agents.release_work(world, agent, item.id)


def _end_stay(
    world: World,
    item: WorkItem,
    outcome: Outcome,
    *,
    exit: str = "",
    passed_to: str = "",
    agent: AgentId | None = None,
) -> None:
    stay = item.stays[-1]
    stays.change(
        world,
        stay,
        wait=measured(world.now - stay.joined_at),
        outcome=outcome,
        left_at=world.now,
        exit=exit,
        passed_to=passed_to,
        agent=agent,
    )


def _close(world: World, item: WorkItem, exit: str) -> None:
    _take_out(world, item, Outcome.LEFT, exit=exit)
    del world.work[item.id]
    _log(world, item)


def _log(world: World, item: WorkItem) -> None:
    """Tell who has the conversation now. Only the last stay may still change."""
    if world.watched:
        record = WorkRecord(
            item=item.id,
            team=item.team,
            queue=item.queue,
            state=str(item.phase) if item.id in world.work else CLOSED,
            agent=item.agent,
            at=world.now,
            stays=[stays.record(stay) for stay in item.stays],
            decisions=[decisions.record(decision) for decision in item.decisions],
        )
        world.emit(LogWork(dict(record)))
    item.stays = item.stays[-1:]
