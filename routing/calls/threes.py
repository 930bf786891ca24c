"""A talk of three: who consulted stays in the talk, and the caller and whom they called hear each other, too.

The one who was called becomes a second leg of the caller's talk (`Call.third`), and the consultation is over. Each of
the two may leave: the others talk on, and it is the same call. When the caller leaves, the call is over for all.
"""

from routing.acd import agents
from routing.calls import consults, holds, legs, recordings, transfers
from routing.commands import JoinConsult, LetGo
from routing.events import LiveCall
from routing.ids import BlockId, UserId
from routing.state import Call, Leg, Role, Visit
from routing.state.phases import CallPhase
from routing.state.world import World


def join(world: World, call: Call) -> None:
    """Let all three talk together. Nothing happens if who was called does not talk yet."""
    other = None if call.consult is None else world.calls.get(call.consult)
    third = consults.reached(other)
    if other is None or third is None:
        return
    recording = recordings.for_third(world, call)
    call.consult = None
    call.path.append(Visit(BlockId("three"), "three", world.now, None, transfers.who(world, third)))
    world.emit(JoinConsult(call.id, other.id, recording))
    call.third_wrap_up = consults.absorb(world, other)
    leg = Leg(third.kind, world.now, third.agent, third.number, third.shown, third.own, third.member)
    if recording is not None:
        recordings.note(world, call, leg, recording)
    _add(world, call, leg)
    world.place(call, holds.talk_phase(call))


def _add(world: World, call: Call, leg: Leg) -> None:
    leg.rang_at = leg.answered_at = world.now
    leg.outcome = "answered"
    call.legs.append(leg)
    call.third = len(call.legs) - 1
    legs.hold(world, call, leg, talking=True)
    world.publish(call.team, "call", call.id)


def leave(world: World, call: Call, by: UserId) -> None:
    """Let the user's telephone go, if they are one of the two to whom the caller talks."""
    member = None if call.team is None else world.users.find(call.team, by)
    first, third = transfers.talking(call), transfers.third(call)
    if third is None or member is None:
        return
    for leg in (first, third):
        if leg is not None and legs.member_of(world, leg) == member.id:
            world.emit(LetGo(call.id, leg is third))
            return


def go_on(world: World, call: Call) -> None:
    """Let the caller talk on with who was joined: the other one has left."""
    index, call.third = call.third, None
    wrap_up, call.third_wrap_up = call.third_wrap_up, 0.0
    legs.end_talk(world, call)
    if index is None:
        return
    leg = call.legs[index]
    call.talk, call.wrap_up = index, wrap_up
    if leg.kind is Role.AGENT and leg.agent is not None:
        call.agent = call.served_by = leg.agent
        world.place(call, CallPhase.TALKING)
    else:
        world.place(call, CallPhase.CONNECTED)


def one_left(world: World, call: Call, found: LiveCall) -> None:
    """Let the talk go on with the one of the two whom a resync found, if only one is left."""
    first = transfers.talking(call)
    if call.third is None or found.third is not None or first is None:
        return
    if found.talks_with and found.talks_with == phone_of(world, first):
        legs.end_third(world, call)
    else:
        go_on(world, call)


def found_joined(world: World, call: Call, found: LiveCall) -> None:
    """Note who was joined to the talk, if a resync found someone of whom we have no memory."""
    if call.third is None and call.talk is not None and found.third is not None:
        _add(world, call, _stranger(world, found.third))


def phone_of(world: World, leg: Leg) -> str:
    """Return the SIP account of who the leg is; empty: an outside line."""
    agent = None if leg.agent is None else world.agents.get(leg.agent)
    return transfers.phone_of(world, leg) if agent is None else agent.config.phone


def _stranger(world: World, phone: str) -> Leg:
    """Return the leg of a party that was joined, of which the core has no memory."""
    member = world.users.of_phone(phone) if phone else None
    agent = agents.of_phone(world, phone) if phone else None
    if agent is not None:
        return Leg(Role.AGENT, world.now, agent=agent)
    if member is not None:
        return Leg(Role.MEMBER, world.now, number=member.extension, member=member.id)
    return Leg(Role.NUMBER, world.now)
