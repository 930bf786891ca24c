"""Agents: what they set, what the engine derives, and when a call may be offered to them."""

from routing.acd import matching, presence, relaxation, skills, statistics
from routing.commands import LogSpell, LogWrapUp, WithdrawOffer
from routing.config import AgentConfig, QueueMember
from routing.events import AgentStatus, LegFailure
from routing.ids import AgentId, CallId, QueueId, TeamId, TimerPurpose, UserId
from routing.state import Agent, Call, Queue, QueueStatus, Role, Stay, Waiter, WrapUp
from routing.state.phases import CallPhase
from routing.state.world import World

BACKOFF: dict[LegFailure, float] = {
    LegFailure.BUSY: 5.0,
    LegFailure.REJECTED: 5.0,
    LegFailure.UNREACHABLE: 10.0,
    LegFailure.FAILED: 10.0,
}
"""Seconds without offers after a failure that comes at once, so that a dead phone is not rung again and again."""
SHORT_RING = 1.0
"""A phone that did not ring at least this long (s) gets a pause too, whatever the reason."""
SHORT_BACKOFF = 2.0
GRACE = 10.0
"""Seconds for which an agent whose phone is not registered any more still serves their queues. A phone that registers
again too late, or over a bad line, is back within them."""
MISSED = frozenset({LegFailure.NO_ANSWER, LegFailure.REJECTED, LegFailure.BUSY, LegFailure.UNREACHABLE})
"""What counts as letting an offer pass. `FAILED` does not: Asterisk could not ring the phone."""
REFUSALS = 20
"""How many refused calls are remembered of an agent."""


def derived(agent: Agent) -> str:
    """Return `OnCall`, `Ringing`, `WrapUp`, or the status that was set."""
    if agent.calls:
        return "OnCall" if True in agent.calls.values() else "Ringing"
    return "WrapUp" if agent.wrap_up is not None else str(agent.status)


def of_phone(world: World, phone: str) -> AgentId | None:
    """Return the agent who uses a SIP account: always the same one if several share it. None: nobody does."""
    return min(world.agents_by_phone.get(phone, ()), default=None)


def phone_ready(world: World, agent: Agent) -> bool:
    phone = world.phones.get(agent.config.phone)
    return phone is not None and phone.registered and not phone.busy


def has_room(world: World, agent: Agent) -> bool:
    """Return whether the agent's phone can be rung at all, whatever their status."""
    return not agent.removed and len(agent.calls) < agent.config.capacity and phone_ready(world, agent)


def is_free(world: World, agent: Agent) -> bool:
    """Return whether some queue may offer the agent a call now."""
    return not blocked(world, agent)


def blocked(world: World, agent: Agent) -> str:
    """Return why no queue may offer the agent a call now: status, wrap-up, capacity, phone or pause; empty if one
    may."""
    return _standing(world, agent)[0]


def _standing(world: World, agent: Agent) -> tuple[str, bool]:
    """Return why the agent is `blocked`, and whether they will take calls, now or after what they are doing."""
    if agent.status is not AgentStatus.AVAILABLE or agent.removed:
        return "status", False
    serving = agent.there or world.runs(agent.config.id, TimerPurpose.LAPSE)
    if agent.wrap_up is not None:
        return "wrap-up", serving
    if len(agent.calls) >= agent.config.capacity or (
        agent.work and not matching.has_room_for(world, agent, matching.CALL_WEIGHT)
    ):
        return "capacity", serving
    phone = world.phones.get(agent.config.phone)
    if phone is None or not phone.registered or phone.busy:
        return "phone", serving
    return "pause" if agent.backoff_until > world.now else "", True


def sync(world: World, agent: Agent) -> None:
    """Update every index after any change of the agent. O(queues of the agent)."""
    id, own = agent.config.id, agent.in_queue
    phone = world.phones.get(agent.config.phone)
    if not agent.there or phone is None or not phone.registered:
        _look_whether_there(world, agent)
    why, serving = _standing(world, agent)
    shown = derived(agent)
    for queue_id in world.memberships.get(id, ()):
        queue = world.queues[queue_id]
        if queue_id not in own:
            _sync_in(world, queue, agent, id, why, serving, shown)
        else:
            status = str(own[queue_id].status)
            _sync_in(world, queue, agent, id, "status", False, status if shown == "Available" else shown)
        if queue.work is not None:
            sync_work(world, queue.work, agent)
    if shown != agent.shown:
        agent.shown, agent.since = shown, world.now
        world.publish(agent.config.team, "agent", id)


def _look_whether_there(world: World, agent: Agent) -> None:
    """Note whether the agent can be reached. One who could be a moment ago has `GRACE` seconds to come back."""
    phone = world.phones.get(agent.config.phone)
    there = (phone is not None and phone.registered) or True in agent.calls.values()
    if there is agent.there:
        return
    agent.there = there
    if there:
        world.cancel_timer(agent.config.id, TimerPurpose.LAPSE)
    elif agent.status is AgentStatus.AVAILABLE and not agent.removed:
        world.start_timer(agent.config.id, TimerPurpose.LAPSE, world.now + GRACE)


def _sync_in(
    world: World, queue: Queue, agent: Agent, id: AgentId, why: str, serving: bool, shown: str
) -> None:
    """Do the same for one queue. `why` the agent is not free there; empty: they are. Of conversations no state is
    `shown`."""
    if serving and id not in queue.staffed:
        _begin_to_serve(world, queue, agent)
    before = queue.reasons.get(id, "")
    if before != why:
        _set_reason(queue, id, before, why)
    if not why:
        matching.add_free(world, queue, agent)
    elif not before:
        matching.drop_free(queue, id)
    if not serving and id in queue.staffed:
        _stop_serving(world, queue, agent)
    known = queue.states.get(id, "")
    if known != shown:
        queue.states[id] = shown
        _recount(queue.counts, known, shown)
        world.publish(queue.config.team, "queue", queue.config.id)


def sync_work(world: World, line: Queue, agent: Agent) -> None:
    """Do the same for the conversations of one queue, which need no telephone."""
    id = agent.config.id
    away = agent.status is not AgentStatus.AVAILABLE or agent.removed or line.config.id in agent.in_queue
    why = "status" if away else _no_room_for_work(world, line, agent)
    _sync_in(world, line, agent, id, why, not away, "")


def _no_room_for_work(world: World, line: Queue, agent: Agent) -> str:
    """Return why an agent who is available cannot be offered a conversation now; empty if they can. They are offered
    one at a time."""
    if agent.wrap_up is not None:
        return "wrap-up"
    offered = False in agent.work.values()
    if offered or not matching.has_room_for(world, agent, line.config.work_weight):
        return "capacity"
    phone = world.phones.get(agent.config.phone)
    if phone is not None and phone.busy:
        return "phone"
    return "pause" if agent.backoff_until > world.now else ""


def _set_reason(queue: Queue, agent: AgentId, before: str, why: str) -> None:
    if why:
        queue.reasons[agent] = why
    else:
        del queue.reasons[agent]
    _recount(queue.passed, before, why)


def _begin_to_serve(world: World, queue: Queue, agent: Agent) -> None:
    """Note that the agent is on duty. Call it before the agent is free, for their place depends on it."""
    matching.begin_to_serve(queue, agent.config.id)
    if not queue.of_work:
        statistics.begin_work(world, agent, queue)


def _stop_serving(world: World, queue: Queue, agent: Agent) -> None:
    matching.stop_serving(queue, agent.config.id)
    relaxation.preferred_is_gone(world, queue, agent.config.id)
    if not queue.of_work:
        _stop_work(world, queue, agent)
        leave_if_empty(world, queue, queue.members[agent.config.id])


def _stop_work(world: World, queue: Queue, agent: Agent) -> None:
    """Note that the agent has a break, or is absent: any other status, or no phone."""
    own = agent.in_queue.get(queue.config.id)
    chosen = {agent.status, AgentStatus.AVAILABLE if own is None else own.status} - {AgentStatus.AVAILABLE}
    statistics.stop_work(world, agent, queue, on_break=chosen == {AgentStatus.BREAK})


def _recount(counts: dict[str, int], before: str, after: str) -> None:
    """Count one member less for `before` and one more for `after`. An empty reason is not counted."""
    if before:
        left = counts[before] - 1
        if left:
            counts[before] = left
        else:
            del counts[before]
    if after:
        counts[after] = counts.get(after, 0) + 1


def join_queue(world: World, queue: Queue, agent: AgentId) -> None:
    """Make the agent known to a queue that lists them as a member. A removed agent serves no queue any more."""
    known = world.agents.get(agent)
    if known is not None and known.removed:
        return
    enlist(world, agent, queue.config.id)
    if known is not None:
        sync(world, known)


def enlist(world: World, agent: AgentId, queue: QueueId) -> None:
    """Remember that the agent is a member of the queue. An agent's queues are kept in the order of their ids."""
    known = world.memberships.setdefault(agent, {})
    if queue not in known:
        known[queue] = None
        world.memberships[agent] = dict.fromkeys(sorted(known))


def _drop(world: World, queue: Queue, id: AgentId) -> None:
    """Take the agent out of every index of those who wait in the queue, calls or conversations."""
    matching.drop_free(queue, id)
    if (why := queue.reasons.pop(id, None)) is not None:
        _recount(queue.passed, why, "")
    if (shown := queue.states.pop(id, None)) is not None:
        _recount(queue.counts, shown, "")
    if id in queue.staffed and (known := world.agents.get(id)) is not None:
        _stop_serving(world, queue, known)


def quit_queue(world: World, queue: Queue, agent: AgentId) -> None:
    """Take the agent out of every index of the queue."""
    if (listed := world.memberships.get(agent)) is not None:
        listed.pop(queue.config.id, None)
        if not listed:
            del world.memberships[agent]
    if queue.work is not None:
        _drop(world, queue.work, agent)
    _drop(world, queue, agent)
    if (known := world.agents.get(agent)) is not None:
        statistics.stop_work(world, known, queue, on_break=False)
        known.in_queue.pop(queue.config.id, None)
        known.tallies.pop(queue.config.id, None)
        sync(world, known)


def leave_if_empty(world: World, queue: Queue, gone: QueueMember | None = None) -> None:
    """Let those callers leave whom no agent on duty will serve, if the queue is set so. `gone`: the agent who has just
    gone; then only those leave whom this agent would have served."""
    if not queue.config.leave_when_empty:
        return
    if not queue.staffed:
        world.leaving.extend((call, "empty") for call in queue.calls)
        return
    unserved = [group for group in queue.groups.values() if group.waiting.size and not group.staffed]
    for id in [id for group in unserved for _, line in group.waiting.lines() for id in line]:
        waiter = world.waiter(id)
        if waiter is not None and _has_lost(world, queue, waiter, gone):
            world.leaving.append((id, "empty"))


def _has_lost(world: World, queue: Queue, waiter: Waiter, gone: QueueMember | None) -> bool:
    """Return whether no agent on duty will serve the waiter, and the one who has gone would have."""
    last = matching.last_group_of(world, queue, waiter)
    return not last.staffed and (gone is None or skills.met(gone.skills, last.needs) is not None)


def set_status(world: World, agent: Agent, status: AgentStatus, queue: QueueId | None, reason: str) -> None:
    """Set what an agent or a manager chose. `Available` ends a wrap-up and forgives missed offers. Any other status
    ends the offers that ring the phone."""
    if queue is not None:
        if queue not in world.memberships.get(agent.config.id, ()):
            return
        if status is not AgentStatus.AVAILABLE and queue not in agent.in_queue:
            stop_ringing(world, agent, queue)
        agent.in_queue[queue] = QueueStatus(status, reason)
        if status is AgentStatus.AVAILABLE:
            del agent.in_queue[queue]
    else:
        if status is AgentStatus.AVAILABLE:
            if agent.status is not status:
                agent.idle_since = world.now
            agent.missed = 0
            agent.passed = None
            agent.refused.clear()
            _forget_backoff(world, agent)
            end_wrap_up(world, agent)
        elif agent.status is AgentStatus.AVAILABLE:
            stop_ringing(world, agent, None)
            world.cancel_timer(agent.config.id, TimerPurpose.LAPSE)
        if (agent.status, agent.reason) != (status, reason):
            end_spell(world, agent)
        agent.status, agent.reason = status, reason
    world.publish(agent.config.team, "agent", agent.config.id)
    sync(world, agent)
    presence.sync_user(world, agent.config.team, agent.config.user)
    if status is not AgentStatus.AVAILABLE:
        for id in world.memberships.get(agent.config.id, ()) if queue is None else (queue,):
            _stop_work(world, world.queues[id], agent)


def stop_ringing(world: World, agent: Agent, queue: QueueId | None) -> None:
    """Withdraw the offers of this queue, or of any queue, that ring the agent's phone. A direct call rings on. Those of
    conversations are taken back as well."""
    id = agent.config.id
    for call in [world.calls[call] for call, talking in sorted(agent.calls.items()) if not talking]:
        if call.phase is CallPhase.OFFERING and id in call.ringing:
            ringing_for = call.legs[call.ringing[id]].queue
            if ringing_for is not None and queue in (None, ringing_for):
                world.emit(WithdrawOffer(call.id, (id,)))
    offered = [item for item, accepted in agent.work.items() if not accepted]
    world.recalled += [item for item in offered if queue in (None, world.work[item].queue)]


def _forget_backoff(world: World, agent: Agent) -> None:
    agent.backoff_until = 0.0
    world.cancel_timer(agent.config.id, TimerPurpose.BACKOFF)


def occupy(world: World, agent: Agent, call: CallId, *, talking: bool) -> None:
    """Remember that the agent's phone rings for the call, or talks to it. One that talks and rings for the same call
    talks."""
    agent.calls[call] = talking or agent.calls.get(call, False)
    if talking:
        agent.missed = 0
        if agent.refused:
            agent.refused.clear()
    sync(world, agent)


def release(
    world: World, agent: Agent, call: Call, reason: LegFailure | None = None, *, rang: float = 0.0
) -> None:
    """Free the agent's phone of this call: one of their legs has ended. If they have another one there, it holds them.
    `reason` says why an offer failed, after `rang` seconds."""
    if agent.calls.pop(call.id, None) is None:
        return
    if (left := call.leg_of(agent.config.id)) is not None:
        agent.calls[call.id] = left.answered_at is not None or left.kind is Role.CALLER
    if reason is not None:
        _offer_failed(world, agent, call.id, reason, rang)
    if agent.removed and not agent.calls:
        forget(world, agent)
        return
    sync(world, agent)


def occupy_with_work(world: World, agent: Agent, item: CallId, *, accepted: bool) -> None:
    """Remember that the agent is offered the conversation, or has it. The item has its weight."""
    agent.work[item] = accepted
    if accepted:
        agent.missed = 0
        agent.refused.clear()
    sync(world, agent)


def release_work(
    world: World, agent: Agent, item: CallId, reason: LegFailure | None = None, *, rang: float = 0.0
) -> None:
    """Take the conversation from the agent. `reason` says why an offer failed, after `rang` seconds."""
    if agent.work.pop(item, None) is None:
        return
    if reason is not None:
        _offer_failed(world, agent, item, reason, rang)
    sync(world, agent)


def _offer_failed(world: World, agent: Agent, call: CallId, reason: LegFailure, rang: float) -> None:
    """Count the offer as missed. A phone that refused at once gets a pause, and the refusal holds for that call.

    A phone that refuses while the agent talks on another line says nothing about the agent.
    """
    pause = BACKOFF.get(reason, 0.0)
    if rang < SHORT_RING and reason is LegFailure.NO_ANSWER:
        pause = SHORT_BACKOFF
    if reason in MISSED:
        agent.passed = call
        if reason is LegFailure.NO_ANSWER or True not in agent.calls.values():
            agent.missed += 1
    if pause:
        agent.passed = call
        agent.backoff_until = world.now + pause
        world.start_timer(agent.config.id, TimerPurpose.BACKOFF, agent.backoff_until)
        if reason in MISSED:
            agent.refused = [*agent.refused, call][-REFUSALS:]


def set_away_if_missed(world: World, agent: Agent, limit: int | None, last: LegFailure) -> None:
    """Set an agent `Away` who let `limit` offers in a row pass. `last` is why the last offer failed."""
    if last not in MISSED or limit is None or agent.status is not AgentStatus.AVAILABLE:
        return
    if agent.missed >= limit:
        agent.missed = 0
        reason = "missed" if last is LegFailure.NO_ANSWER else str(last)
        set_status(world, agent, AgentStatus.AWAY, None, reason)


def end_spell(world: World, agent: Agent) -> None:
    """Write down how long the agent had the status that ends now."""
    began, agent.status_since = agent.status_since, world.now
    if 0 < began < world.now:
        world.emit(
            LogSpell(
                {
                    "agent": agent.config.id,
                    "team": agent.config.team,
                    "status": str(agent.status),
                    "reason": agent.reason,
                    "began_at": began,
                    "ended_at": world.now,
                }
            )
        )


def start_wrap_up(world: World, agent: Agent, call: Call, seconds: float, stay: Stay | None) -> None:
    """Begin the after-call work. Call it before `release`, so that no call comes in between. The agent had answered the
    call of `stay`."""
    agent.idle_since = world.now
    if seconds > 0:
        end_wrap_up(world, agent)
        agent.wrap_up = WrapUp(call.id, world.now, world.now + seconds, stay)
        world.start_timer(agent.config.id, TimerPurpose.WRAP_UP, agent.wrap_up.until)


def end_wrap_up(world: World, agent: Agent) -> None:
    if agent.wrap_up is None:
        return
    done, agent.wrap_up = agent.wrap_up, None
    agent.idle_since = world.now
    world.cancel_timer(agent.config.id, TimerPurpose.WRAP_UP)
    seconds = round(world.now - done.started_at, 3)
    if done.stay is not None:
        statistics.count(world, done.stay, 0, wrap_up=seconds)
    world.emit(
        LogWrapUp(
            {
                "call": done.call,
                "agent": agent.config.id,
                "team": agent.config.team,
                "began_at": done.started_at,
                "seconds": seconds,
            }
        )
    )


def of_user(world: World, team: TeamId | None, user: UserId) -> list[Agent]:
    """Return the agents of a user in one team. The user may be a member, and an agent, of other teams."""
    found = (world.agents[id] for id in sorted(world.agents_by_user.get(user, ())))
    return [agent for agent in found if agent.config.team == team]


def forget(world: World, agent: Agent) -> None:
    """Delete an agent whose configuration is gone and whose phone is free."""
    id = agent.config.id
    end_wrap_up(world, agent)
    end_spell(world, agent)
    _forget_backoff(world, agent)
    world.cancel_timer(id, TimerPurpose.LAPSE)
    world.agents.pop(id, None)
    unlist(world, agent.config)
    world.publish(agent.config.team, "agent", id, "destroyed")


def unlist(world: World, config: AgentConfig) -> None:
    """Take the agent out of the look-ups by phone and by user."""
    for listed in (world.agents_by_phone.get(config.phone), world.agents_by_user.get(config.user)):
        if listed is not None:
            listed.pop(config.id, None)
    if not world.agents_by_phone.get(config.phone):
        world.agents_by_phone.pop(config.phone, None)
    if not world.agents_by_user.get(config.user):
        world.agents_by_user.pop(config.user, None)
