"""Resync: what Asterisk says about live calls, after a start or a reconnect, against what the core remembers."""

from routing.acd import announcements, callbacks, queues
from routing.blocks.base import Go
from routing.calls import (
    consults,
    errands,
    flow,
    hangup,
    holds,
    legs,
    parts,
    phone_calls,
    pickups,
    placed,
    recordings,
    rooms,
    stranded,
    threes,
    transfers,
)
from routing.commands import HangUp, StopPlay
from routing.events import (
    CallHungUp,
    CallReturned,
    ConsultBegan,
    LegFailure,
    LiveCall,
    LivePhase,
    PhoneCallEntered,
    PhoneUse,
    StateResynced,
)
from routing.figures import Outcome
from routing.handlers import configuration
from routing.handlers.meanings import happens, mean_alone, means
from routing.ids import AgentId, TimerPurpose
from routing.state import Call, Leg, Role, live_calls
from routing.state.phases import CallPhase
from routing.state.rules import Meaning
from routing.state.world import World

_M, _P = Meaning, CallPhase
NORMAL_CLEARING = 16
FOUND_RING = 60.0
"""Seconds that an offer of no queue may ring on when a resync finds it."""


def state_resynced(world: World, event: StateResynced) -> None:
    """Bring every phone and call to what Asterisk says. Phones come first, so that no call is offered to a phone that
    is gone; then what ended; then what goes on."""
    listed = {phone.phone for phone in event.phones}
    for name in [name for name in world.phones if name not in listed]:
        configuration.set_phone(world, name, registered=False, busy=False)
    for phone in event.phones:
        configuration.set_phone(world, phone.phone, registered=phone.registered, busy=phone.busy)
    uses = {used.phone: used.use for used in event.uses}
    for name in [
        name for name, phone in world.phones.items() if phone.use is not uses.get(name, PhoneUse.IDLE)
    ]:
        configuration.set_use(world, name, uses.pop(name, PhoneUse.IDLE))
    for name, use in uses.items():
        configuration.set_use(world, name, use)
    live = {call.call for call in event.calls}
    gone = world.calls if event.lost_calls is None else event.lost_calls
    for id in [id for id in gone if id not in live and id in world.calls]:
        call = world.calls[id]
        happens(world, call, CallHungUp, CallHungUp(id, NORMAL_CLEARING))
        hangup.force(world, call)
    for seen in sorted(event.calls, key=lambda seen: seen.consult_of is not None):
        happens(world, world.calls.get(seen.call), seen.phase, seen)
        if (found := world.calls.get(seen.call)) is not None:
            recordings.again(world, found)
            parts.again(world, found)


mean_alone({_M.REQUEST_BEGINS_AGAIN: flow.enter_again})


@means(_M.ADOPTED)
def adopted(world: World, _: None, seen: LiveCall) -> None:
    """Adopt a call that the core never heard of: from the start of its route, or in the midst of a ring or talk.

    One that only serves another call is ended. Who consulted then talks again.
    """
    started = seen.entered_at or world.now
    if seen.consult_of is not None:
        consults.began(world, ConsultBegan(seen.call, seen.consult_of))
        return
    if seen.phase is LivePhase.SUPERVISING:
        world.emit(HangUp(seen.call))
        return
    if seen.phone:
        _adopt_phone_call(world, seen, started)
        return
    call = Call(
        seen.call,
        seen.did,
        seen.caller,
        seen.caller_name,
        started,
        phase_since=world.now,
        customer=seen.customer,
    )
    live_calls.add(world, call)
    if seen.phase is LivePhase.CONTROLLED:
        flow.start(world, call)
        return
    number = world.numbers.find(call.did)
    if number is not None:
        live_calls.give_to(world, call, number)
    call.adopted = call.answered = True
    world.publish(call.team, "call", call.id, "created")
    happens(world, call, seen.phase, seen)


def _adopt_phone_call(world: World, seen: LiveCall, started: float) -> None:
    rings = seen.emergency or seen.phase is not LivePhase.CONTROLLED
    entered = PhoneCallEntered(
        seen.call,
        seen.phone,
        seen.did,
        seen.caller_name,
        rings=rings,
        number=seen.number,
        emergency=seen.emergency,
    )
    phone_calls.enters(world, entered, started)
    if rings:
        happens(world, world.calls.get(seen.call), seen.phase, seen)


@means(_M.HANG_UP_LOST)
def hang_up_lost(world: World, call: Call, _: LiveCall) -> None:
    world.place(call, _P.ENDING)
    world.emit(HangUp(call.id, call.hangup_cause))


# -- a callback's customer answered meanwhile ----------------------------------------------------------------------


@means(_M.CUSTOMER_FOUND)
def customer_found(world: World, call: Call, _: LiveCall) -> None:
    if call.errand:
        errands.answered(world, call)
        return
    if call.phone:
        placed.answered(world, call)
        return
    block = callbacks.picked_up(world, call)
    if block is not None:
        flow.enter(world, call, Go(block))


@means(_M.CUSTOMER_FOUND_CONNECTED)
def customer_found_connected(world: World, call: Call, seen: LiveCall) -> None:
    """Note that the customer is with somebody already. Nothing is played, and no agent is rung for them."""
    if call.errand:
        errands.answered(world, call)
        return
    callback = callbacks.of_attempt(world, call)
    if callback is not None:
        callbacks.let_go(world, callback)
        call.noticed = False
    if call.phone:
        placed.answered(world, call, already=True)
    else:
        customer_found(world, call, seen)
    happens(world, call, seen.phase, seen)


# -- the channel waits for commands: what was under way elsewhere is over, what it was told may be lost --------------


@means(_M.BLOCK_BEGINS_AGAIN)
def block_begins_again(world: World, call: Call, _: LiveCall) -> None:
    """Let the block begin again. After a farewell the call is over."""
    if call.closing is not None or call.block is None:
        world.hang_up(call, call.closing or NORMAL_CLEARING)
    else:
        world.emit(StopPlay(call.id))
        flow.enter_again(world, call)


@means(_M.WAITS_AGAIN)
def waits_again(world: World, call: Call, seen: LiveCall) -> None:
    announcements.hush(world, call)
    happens(world, call, CallReturned, seen)


@means(_M.DIAL_LOST)
def dial_lost(world: World, call: Call, seen: LiveCall) -> None:
    """Go on behind what the lost command was to ring. A colleague is rung by the dialplan itself."""
    if not phone_calls.ends_itself(call):
        happens(world, call, CallReturned, seen)


# -- phones ring -----------------------------------------------------------------------------------------------------


@means(_M.OFFER_FOUND)
def offer_found(world: World, call: Call, seen: LiveCall) -> None:
    """Let the call ring from here on."""
    _leave_talk(world, call)
    _stop_waiting(world, call)
    world.cancel_timer(call.id, TimerPurpose.DIGIT)
    call.announcing = None
    queue = world.queue_of(call)
    world.place(call, _P.OFFERING, limit=queue.config.ring_timeout if queue else FOUND_RING)
    _ring_those(world, call, seen.ringing)


@means(_M.OFFER_SEEN)
def offer_seen(world: World, call: Call, seen: LiveCall) -> None:
    _stop_waiting(world, call)
    _ring_those(world, call, seen.ringing)


def _stop_waiting(world: World, call: Call) -> None:
    queue = world.queue_of(call)
    if queue is not None:
        queues.stop_waiting(world, call, queue)


def _ring_those(world: World, call: Call, ringing: tuple[AgentId, ...]) -> None:
    """Let the agents that are listed ring, and no others."""
    for id in [id for id in call.rung() if id not in ringing]:
        legs.failed(world, call, id, LegFailure.WITHDRAWN)
    for id in ringing:
        agent = world.agents.get(id)
        if agent is not None and id not in call.ringing and call.id not in agent.calls:
            queues.add_ringing(world, call, agent, call.queue)
    if not call.ringing:
        flow.grow_after_failure(world, call)


# -- the caller talks ------------------------------------------------------------------------------------------------


@means(_M.TALK_FOUND)
def talk_found(world: World, call: Call, seen: LiveCall) -> None:
    if seen.agent is None:
        _talk_with_stranger(world, call)
    else:
        _talk_with(world, call, seen.agent)
    threes.found_joined(world, call, seen)


@means(_M.TALK_LOST)
def talk_lost(world: World, call: Call, seen: LiveCall) -> None:
    """Wait a moment for what was asked of the talk, and end the call then. A caller who was to be fetched is parked
    again."""
    if call.fetched:
        pickups.failed(world, call)
    else:
        stranded.unknown(world, call, handed_over=bool(call.phone) and not seen.phone)


@means(_M.SEND_LOST)
def send_lost(world: World, call: Call, seen: LiveCall) -> None:
    """Send the other side on again: the command was lost. Or note the talk, of which we did not know."""
    if call.bound_for is None:
        talk_found(world, call, seen)
    else:
        transfers.take_out(world, call)


@means(_M.LINE_FOUND)
def line_found(world: World, call: Call, seen: LiveCall) -> None:
    """Note the talk with an agent, or with the number that was dialled."""
    if seen.agent is None or seen.agent not in world.agents:
        legs.begin_party_talk(world, call)
    else:
        _talk_with(world, call, seen.agent)
    threes.found_joined(world, call, seen)


@means(_M.TALK_SEEN)
def talk_seen(world: World, call: Call, seen: LiveCall) -> None:
    """Let the talk go on, unless it is with another agent by now."""
    threes.one_left(world, call, seen)
    if seen.agent is not None and seen.agent != call.agent:
        _talk_with(world, call, seen.agent)
    threes.found_joined(world, call, seen)


def _talk_with(world: World, call: Call, id: AgentId) -> None:
    _leave_talk(world, call)
    agent = world.agents.get(id)
    if agent is None:
        _talk_with_stranger(world, call)
        return
    world.cancel_timer(call.id, TimerPurpose.DIGIT)
    legs.begin_talk(world, call, agent)
    legs.drop_ringing(world, call, reason=LegFailure.WITHDRAWN)


def _talk_with_stranger(world: World, call: Call) -> None:
    """Note a talk with somebody who is none of our agents."""
    _leave_talk(world, call)
    legs.drop_ringing(world, call)
    queues.leave(world, call, Outcome.LEFT)
    world.cancel_timer(call.id, TimerPurpose.DIGIT)
    call.legs.append(Leg(Role.NUMBER, world.now))
    legs.begin_party_talk(world, call)


def _leave_talk(world: World, call: Call) -> None:
    if call.talk is not None:
        legs.end_talk(world, call)


@means(_M.HOLD_FOUND)
def hold_found(world: World, call: Call, seen: LiveCall) -> None:
    """Note the talk, and that it is held."""
    happens(world, call, LivePhase.TALKING, seen)
    if call.phase in (_P.TALKING, _P.CONNECTED):
        world.place(call, _P.HELD, limit=holds.LONGEST)


@means(_M.HOLD_LOST)
def hold_lost(world: World, call: Call, seen: LiveCall) -> None:
    """Note that the two sides talk again: Asterisk joined them, or the command that was to part them was lost."""
    call.consult_to = None
    world.place(call, holds.talk_phase(call))
    happens(world, call, LivePhase.TALKING, seen)


@means(_M.ROOM_FOUND)
def room_found(world: World, call: Call, found: LiveCall) -> None:
    """Note that the caller is in a conference, whoever they were with before."""
    if call.phase is _P.DIALING:
        legs.fail_party(world, call, LegFailure.FAILED)
    legs.end_talk(world, call)
    legs.drop_ringing(world, call)
    queues.leave(world, call, Outcome.LEFT)
    world.cancel_timer(call.id, TimerPurpose.DIGIT)
    rooms.found(world, call, found.room, muted=found.muted)


@means(_M.ROOM_SEEN)
def room_seen(world: World, call: Call, seen: LiveCall) -> None:
    rooms.seen(world, call, seen.room, muted=seen.muted)
