"""Adoption: what Asterisk says about live calls, after a start or a reconnect, against what the core remembers."""

from routing.acd import announcements, callbacks, matching, queues, relaxation
from routing.blocks.base import Go
from routing.calls import flow, hangup, legs, progressive_ringing
from routing.commands import HangUp, StopPlay
from routing.events import LegFailure, LiveCall, LivePhase, StateResynced
from routing.handlers import configuration
from routing.ids import AgentId
from routing.state import Call, Leg
from routing.state.phases import CallPhase
from routing.state.world import World

_P = CallPhase
_OFFERED = (_P.OFFERING, _P.WITHDRAWING)
_OUTSIDE = (_P.DIALING, _P.CONNECTED)
NORMAL_CLEARING = 16


def state_resynced(world: World, event: StateResynced) -> None:
    """Phones first, so that nobody is offered to a phone that is gone; then what ended, then what goes on."""
    listed = {phone.phone for phone in event.phones}
    for name in [name for name in world.phones if name not in listed]:
        configuration.set_phone(world, name, registered=False, busy=False)
    for phone in event.phones:
        configuration.set_phone(world, phone.phone, registered=phone.registered, busy=phone.busy)
    live = {call.call for call in event.calls}
    gone = world.calls if event.lost_calls is None else event.lost_calls
    for id in [id for id in gone if id not in live and id in world.calls]:
        call = world.calls[id]
        hangup.caller_gone(world, call, NORMAL_CLEARING)
        hangup.force(world, call)
    for seen in event.calls:
        known = world.calls.get(seen.call)
        if known is None and seen.phase is LivePhase.CALLING:
            world.emit(HangUp(seen.call))
        elif known is None:
            _adopt(world, seen)
        else:
            _reconcile(world, known, seen)


def _adopt(world: World, seen: LiveCall) -> None:
    """A call that the core never heard of: from the start of its route, or in the midst of a ring or talk."""
    started = seen.entered_at or world.now
    call = Call(seen.call, seen.did, seen.caller, seen.caller_name, started, phase_since=world.now)
    world.calls[call.id] = call
    if seen.phase is LivePhase.CONTROLLED:
        flow.start(world, call)
        return
    number = world.numbers.find(call.did)
    if number is not None:
        call.number, call.team = number.id, number.team
    call.adopted = call.answered = True
    world.publish(call.team, "call", call.id, "created")
    _bring_to(world, call, seen)


def _reconcile(world: World, call: Call, seen: LiveCall) -> None:
    if call.phase in (_P.ENDING, _P.ENDED):
        world.place(call, _P.ENDING)
        world.emit(HangUp(call.id, call.hangup_cause))
    elif seen.phase is LivePhase.CALLING:
        return
    elif call.phase is _P.CALLING:
        _answered_unseen(world, call, seen)
    elif seen.phase is LivePhase.CONTROLLED:
        _controlled(world, call)
    else:
        _bring_to(world, call, seen)


def _answered_unseen(world: World, call: Call, seen: LiveCall) -> None:
    """A callback's customer answered meanwhile. If it was even connected, nothing is played and nobody rung for it."""
    connected, callback = seen.phase is not LivePhase.CONTROLLED, callbacks.of_attempt(world, call)
    if connected and callback is not None:
        callbacks.let_go(world, callback)
        call.noticed = False
    block = callbacks.picked_up(world, call)
    if block is not None:
        flow.enter(world, call, Go(block))
    if connected:
        _bring_to(world, call, seen)


def _controlled(world: World, call: Call) -> None:
    """The channel waits for commands. What was under way elsewhere is over; what it was told may be lost."""
    match call.phase:
        case _P.PLAYING if call.closing is not None or call.block is None:
            world.hang_up(call, call.closing or NORMAL_CLEARING)
        case _P.PLAYING | _P.COLLECTING | _P.LISTENING:
            world.emit(StopPlay(call.id))
            flow.enter_again(world, call)
        case _P.FETCHING:
            flow.enter_again(world, call)
        case _P.RECORDING:
            return
        case _P.QUEUED:
            announcements.hush(world, call)
            flow.returned(world, call)
        case _:
            flow.returned(world, call)


def _bring_to(world: World, call: Call, seen: LiveCall) -> None:
    if seen.phase is LivePhase.DIALING:
        _dialing(world, call, seen.ringing)
    elif seen.phase is LivePhase.CONFERENCE:
        _in_conference(world, call)
    elif seen.agent is not None:
        _talking(world, call, seen.agent)
    elif call.phase in _OUTSIDE or (call.adopted and call.phase is not _P.TALKING):
        _talking_outside(world, call)
    elif call.phase is not _P.TALKING:
        legs.drop_ringing(world, call)
        _talking_outside(world, call)


def _dialing(world: World, call: Call, ringing: tuple[AgentId, ...]) -> None:
    """An offer or an outside line rings: agents that are listed ring, others don't."""
    if call.phase is _P.DIALING:
        return
    if call.talk is not None:
        legs.end_talk(world, call)
    queue = world.queue_of(call)
    if queue is not None:
        matching.withdraw(queue, call)
        relaxation.let_others_in(world, queue, call)
    if call.phase not in _OFFERED:
        world.cancel_timer(call.id, "digit")
        call.announcing = None
        world.place(call, _P.OFFERING, limit=queue.config.ring_timeout if queue else 60.0)
    for id in [id for id in call.rung() if id not in ringing]:
        legs.failed(world, call, id, LegFailure.WITHDRAWN)
    for id in ringing:
        agent = world.agents.get(id)
        if agent is not None and id not in call.ringing and call.id not in agent.calls:
            queues.add_ringing(world, call, agent, call.queue)
    if not call.ringing:
        progressive_ringing.phone_failed(world, call)


def _talking(world: World, call: Call, id: AgentId) -> None:
    agent = world.agents.get(id)
    if call.agent == id and call.phase is _P.TALKING:
        return
    if call.talk is not None:
        legs.end_talk(world, call)
    if agent is None:
        _talking_outside(world, call)
        return
    world.cancel_timer(call.id, "digit")
    legs.begin_talk(world, call, agent)
    legs.drop_ringing(world, call, reason=LegFailure.WITHDRAWN)


def _in_conference(world: World, call: Call) -> None:
    """Whoever it was with before, it is in a room now."""
    if call.phase is not _P.CONFERENCE:
        if call.phase is _P.DIALING:
            legs.fail_outside(world, call, LegFailure.FAILED)
        legs.end_talk(world, call)
        legs.drop_ringing(world, call)
        queues.leave(world, call)
        world.cancel_timer(call.id, "digit")
        world.place(call, _P.CONFERENCE)
    flow.conference_joined(world, call)


def _talking_outside(world: World, call: Call) -> None:
    """With somebody who is none of our agents."""
    if call.phase is _P.CONNECTED:
        return
    queues.leave(world, call)
    world.cancel_timer(call.id, "digit")
    if call.phase is not _P.DIALING:
        call.legs.append(Leg("number", world.now))
    legs.begin_outside_talk(world, call)
