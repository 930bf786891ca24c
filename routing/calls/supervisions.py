"""A supervisor hears a talk, speaks to the agent alone, or to both. Asterisk ends it with the talk."""

from routing.commands import HangUp, Supervise
from routing.events import SUPERVISIONS, Supervision
from routing.ids import BlockId, UserId
from routing.state import Call, Visit
from routing.state.phases import CallPhase
from routing.state.world import World

_TALKS = (CallPhase.TALKING, CallPhase.CONNECTED, CallPhase.HELD)


def begin(world: World, call: Call, visitor: Call) -> bool:
    """Let the supervisor's phone, which has answered, hear the talk. Return whether there is one."""
    if call.phase not in _TALKS or call.team != visitor.team:
        return False
    visitor.outcome = "completed"
    visitor.path.append(Visit(BlockId("supervise"), "supervise", world.now, visitor.errand))
    world.move(visitor, CallPhase.SUPERVISING)
    world.emit(Supervise(visitor.id, call.id, visitor.errand))
    return True


def of(world: World, call: Call, by: UserId) -> Call | None:
    """Return the call in which this user hears the talk already, or is rung for it."""
    team = call.team
    member = None if team is None else world.users.find(team, by)
    for it in world.calls.values():
        own = it.legs[0].member if it.legs else None
        if it.errand_for == call.id and it.errand in SUPERVISIONS and member is not None and own == member.id:
            return it
    return None


def change(world: World, visitor: Call, mode: Supervision) -> None:
    """Change how the supervisor takes part."""
    if visitor.errand == mode.value:
        return
    visitor.errand = mode.value
    if visitor.phase is CallPhase.SUPERVISING and visitor.errand_for is not None:
        visitor.path.append(Visit(BlockId("supervise"), "supervise", world.now, mode.value))
        world.emit(Supervise(visitor.id, visitor.errand_for, mode.value))
    world.publish(visitor.team, "call", visitor.id)


def over(world: World, visitor: Call) -> None:
    """The supervisor hears nothing any more. A talk that has gone on to another telephone is heard again."""
    call = None if visitor.errand_for is None else world.calls.get(visitor.errand_for)
    if call is not None and call.phase in _TALKS and world.now - visitor.phase_since >= 1.0:
        world.place(visitor, CallPhase.SUPERVISING)
        world.emit(Supervise(visitor.id, call.id, visitor.errand))
    else:
        world.hang_up(visitor)


def end(world: World, call: Call) -> None:
    """End what supervises the call: it is over."""
    for it in list(world.calls.values()):
        if it.errand_for == call.id and it.phase is CallPhase.SUPERVISING:
            world.emit(HangUp(it.id))
