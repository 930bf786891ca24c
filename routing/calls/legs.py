"""The legs of a call: rung, answered, failed, ended."""

from routing.acd import agents, callbacks, estimated_wait, queues, statistics, stays
from routing.commands import WithdrawOffer
from routing.events import LegFailure
from routing.figures import Outcome
from routing.ids import AgentId, MemberId, QueueId, TimerPurpose
from routing.state import Agent, Call, Leg, Role
from routing.state.phases import CallPhase
from routing.state.world import World

_P = CallPhase


RIVALS_END = 15.0
"""Seconds after an answer within which the other phones of the offer must have stopped ringing."""


def rang(world: World, call: Call, agent: AgentId) -> None:
    """Note that the agent's phone rings."""
    index = call.ringing.get(agent)
    if index is not None and call.legs[index].rang_at is None:
        call.legs[index].rang_at = world.now
        world.publish(call.team, "call", call.id)


def answered(world: World, call: Call, agent: Agent) -> None:
    """Connect the agent whose leg is up as the first one. An agent whom we do not ring must have room for the call."""
    if agent.config.id in call.ringing or agents.has_room(world, agent):
        begin_talk(world, call, agent)


def begin_talk(world: World, call: Call, agent: Agent) -> None:
    """Note that agent and caller talk. Other phones of the offer are freed by their `OfferFailed`."""
    id = agent.config.id
    index = call.ringing.pop(id, None)
    if index is None:
        index = len(call.legs)
        call.legs.append(Leg(Role.AGENT, world.now, agent=id, queue=call.queue))
    leg = call.legs[index]
    leg.rang_at = world.now if leg.rang_at is None else leg.rang_at
    leg.answered_at, leg.outcome = world.now, "answered"
    _leave_queue(world, call, id)
    served = None if leg.queue is None else world.queues.get(leg.queue)
    if served is not None:
        statistics.talk_began(world, agent, served, call.customer)
    _enter_talk(world, call, index)
    call.agent = call.served_by = id
    world.place(call, _P.TALKING)
    if call.ringing:
        world.start_timer(call.id, TimerPurpose.GUARD, world.now + RIVALS_END)
    agents.occupy(world, agent, call.id, talking=True)


def _leave_queue(world: World, call: Call, agent: AgentId) -> None:
    """End the wait, if there was one: the agent has answered."""
    queue = world.queue_of(call)
    if queue is not None:
        estimated_wait.answered(world, queue)
    queues.leave(world, call, Outcome.ANSWERED, agent=agent)
    call.wrap_up = 0.0
    if queue is not None:
        call.wrap_up = queue.config.wrap_up
        if queue.callbacks:
            callbacks.served(world, call, queue)


def _enter_talk(world: World, call: Call, index: int) -> None:
    call.talk = index
    call.way_back = ()
    call.talks += 1
    call.on_return = None
    call.outcome = call.outcome or "answered"
    call.answered_at = world.now if call.answered_at is None else call.answered_at
    if call.recording is not None:
        call.recordings.append(call.recording)
        call.legs[index].recording, call.recording = call.recording, None


# -- the called party: an outside line or a colleague ----------------------------------------------------------


def hold(world: World, call: Call, leg: Leg, *, talking: bool) -> None:
    """Hold the agent whose phone the leg is, if it is an agent's: they get no other call."""
    agent = None if leg.agent is None else world.agents.get(leg.agent)
    if agent is not None:
        agents.occupy(world, agent, call.id, talking=talking)


def member_of(world: World, leg: Leg) -> MemberId | None:
    """Return the membership of who the leg is."""
    agent = None if leg.agent is None else world.agents.get(leg.agent)
    user = None if agent is None else world.users.find(agent.config.team, agent.config.user)
    return leg.member if user is None else user.id


def free(world: World, call: Call, leg: Leg) -> None:
    """End what `hold` began. A call to an extension counts for no queue, and has no wrap-up."""
    agent = None if leg.agent is None else world.agents.get(leg.agent)
    if agent is not None:
        agents.release(world, agent, call)


def called(call: Call) -> Leg | None:
    """Return the called party that rings or talks."""
    if call.phase is _P.DIALING:
        return call.legs[-1]
    talks = None if call.talk is None else call.legs[call.talk]
    return None if talks is None or talks.kind is Role.AGENT else talks


def party_rang(world: World, call: Call) -> None:
    leg = call.legs[-1]
    if leg.rang_at is None:
        leg.rang_at = world.now
        world.publish(call.team, "call", call.id)


def begin_party_talk(world: World, call: Call) -> None:
    """Note that the called party answered."""
    index = len(call.legs) - 1
    leg = call.legs[index]
    leg.answered_at, leg.outcome = world.now, "answered"
    outcome = call.outcome
    _enter_talk(world, call, index)
    if leg.kind is Role.MEMBER:
        hold(world, call, leg, talking=True)
    elif not call.phone:
        call.outcome = outcome
    world.place(call, _P.CONNECTED)


def fail_party(world: World, call: Call, reason: LegFailure) -> None:
    """Note that the called party did not answer."""
    leg = call.legs[-1]
    leg.ended_at, leg.outcome = world.now, str(reason)
    call.recording = None
    if leg.kind is Role.MEMBER:
        free(world, call, leg)


def end_party(world: World, call: Call) -> None:
    """End the leg of the called party with the caller's own channel, and the call of a member's phone with both."""
    leg = called(call)
    if leg is not None:
        leg.ended_at, leg.outcome = world.now, leg.outcome or LegFailure.CALLER_GONE.value
        call.talk = None
        free(world, call, leg)
    for leg in call.legs:
        if leg.kind is Role.CALLER or (call.phone and leg.kind is not Role.AGENT):
            leg.ended_at = world.now if leg.ended_at is None else leg.ended_at
            free(world, call, leg)


# -- the end of a talk -----------------------------------------------------------------------------------------


def talks_of(world: World, queue: QueueId) -> int:
    """Return how many calls of the queue talk now."""
    talking = [call.legs[call.talk] for call in world.calls.values() if call.talk is not None]
    return sum(leg.queue == queue for leg in talking)


def end_talk(world: World, call: Call) -> None:
    """End the talk: the other party's leg is gone. The agent's wrap-up begins."""
    end_third(world, call)
    id, call.agent = call.agent, None
    call.held_by, call.fetched, call.stranded = (), False, False
    agent = None if id is None else world.agents.get(id)
    stay = None
    if call.talk is not None:
        leg = call.legs[call.talk]
        leg.ended_at, call.talk = world.now, None
        if leg.kind is Role.MEMBER:
            free(world, call, leg)
        queue = None if leg.queue is None else world.queues.get(leg.queue)
        if leg.answered_at is not None:
            stay = stays.talked(world, call, leg.answered_at, world.now - leg.answered_at)
            if queue is not None:
                statistics.talk_ended(world, agent, queue, world.now - leg.answered_at)
    if agent is not None:
        agents.start_wrap_up(world, agent, call, call.wrap_up, stay)
        agents.release(world, agent, call)
    world.publish(call.team, "call", call.id)


def end_third(world: World, call: Call) -> None:
    """End the leg of who was joined to the talk, and let their wrap-up begin."""
    index, call.third = call.third, None
    if index is None:
        return
    leg = call.legs[index]
    leg.ended_at = world.now
    agent = None if leg.agent is None else world.agents.get(leg.agent)
    if agent is not None:
        agents.start_wrap_up(world, agent, call, call.third_wrap_up, None)
        agents.release(world, agent, call)
    call.third_wrap_up = 0.0
    world.publish(call.team, "call", call.id)


def failed(world: World, call: Call, id: AgentId, reason: LegFailure, *, counts: bool = True) -> None:
    """Note that one phone of the offer is no longer rung. A late report changes nothing.

    `counts`: whether the failure counts against the agent. It never does when the caller is going.
    """
    index = call.ringing.pop(id, None)
    agent = world.agents.get(id)
    if index is None:
        return
    leg = call.legs[index]
    leg.ended_at, leg.outcome = world.now, str(reason)
    world.publish(call.team, "call", call.id)
    if agent is None:
        return
    if call.caller_going or not counts:
        reason = LegFailure.WITHDRAWN
    agents.release(world, agent, call, reason, rang=world.now - leg.offered_at)
    queue = None if leg.queue is None else world.queues.get(leg.queue)
    agents.set_away_if_missed(world, agent, queue.config.missed_limit if queue else None, reason)
    if call.phase is _P.TALKING and not call.ringing:
        world.cancel_timer(call.id, TimerPurpose.GUARD)


def drop_ringing(
    world: World, call: Call, *, reason: LegFailure = LegFailure.FAILED, withdraw: bool = False
) -> None:
    """Forget every phone that still rings: the offer is over and no report came."""
    left = call.rung()
    if withdraw and (left or call.open_offer):
        world.emit(WithdrawOffer(call.id, () if call.open_offer else left))
    queues.stop_adding(world, call)
    for id in left:
        failed(world, call, id, reason)


def withdraw(world: World, call: Call, exit: str) -> None:
    """Stop the ringing. Once the channel is back the call leaves by `exit`."""
    call.on_return = exit
    if call.phase is _P.OFFERING:
        world.emit(WithdrawOffer(call.id, () if call.open_offer else call.rung()))
        world.move(call, _P.WITHDRAWING)
    queues.stop_adding(world, call)


def withdraw_from(world: World, call: Call, agent: AgentId) -> None:
    """Stop ringing one agent. The others ring on."""
    if agent in call.ringing:
        world.emit(WithdrawOffer(call.id, (agent,)))
