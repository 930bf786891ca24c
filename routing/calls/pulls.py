"""A talk goes on at another telephone of the same member: the new one takes the place of the old one.

It is one talk: its leg goes on in the log. The new telephone's part has a recording of its own.
"""

from routing.calls import holds, legs, pickups, recordings, transfers
from routing.commands import MuteParty, PickUp
from routing.ids import BlockId
from routing.state import Call, Leg, Role, Visit
from routing.state.phases import CallPhase
from routing.state.world import World

MOVES = (CallPhase.TALKING, CallPhase.CONNECTED, CallPhase.HELD, CallPhase.STRANDED)
"""In which a talk can be moved."""


def leg_of(world: World, call: Call, member: str | None) -> Leg | None:
    """Return the member's leg in the talk, on either side."""
    for leg in (transfers.talking(call), transfers.caller_leg(call)):
        if leg is not None and member and member == legs.member_of(world, leg):
            return leg
    return None


def take_over(world: World, call: Call, visitor: Call) -> bool:
    """Let the phone of `visitor`, which has answered, go on with the talk. Return whether there is one."""
    leg = leg_of(world, call, visitor.legs[0].member)
    if leg is None or call.phase not in MOVES or not call.only_two:
        return False
    own = leg.kind is Role.CALLER
    pickups.absorb(world, visitor)
    call.path.append(Visit(BlockId("pull"), "pull", world.now, None, transfers.who(world, leg)))
    recording = None
    if recordings.runs(leg) and not own:
        recording = recordings.next_file(call)
        recordings.note(world, call, leg, recording)
    if own:
        call.phone = visitor.phone
    agent = leg.agent if leg.kind is Role.AGENT else None
    world.emit(PickUp(call.id, visitor.id, agent, recording, own=own))
    call.stranded, call.held_by = False, ()
    if call.phase not in (CallPhase.TALKING, CallPhase.CONNECTED):
        world.move(call, holds.talk_phase(call))
    if leg.muted:
        world.emit(MuteParty(call.id, own, True))
    recordings.again(world, call)
    legs.hold(world, call, leg, talking=True)
    world.publish(call.team, "call", call.id)
    return True
