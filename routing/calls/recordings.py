"""Pauses of a talk's recording: silence in the file, marked in the leg's record."""

from routing.commands import PauseRecording
from routing.state import Call, Leg
from routing.state.world import World


def pause(world: World, call: Call) -> None:
    """Let the recording of the talk be silent from now on. Nothing happens if it is, or if the talk is not recorded."""
    leg = _recorded(call)
    if leg is not None and not paused(leg):
        leg.pauses.append((world.now, None))
        world.emit(PauseRecording(call.id, True))
        world.publish(call.team, "call", call.id)


def resume(world: World, call: Call) -> None:
    leg = _recorded(call)
    if leg is not None and paused(leg):
        end_pause(leg, world.now)
        world.emit(PauseRecording(call.id, False))
        world.publish(call.team, "call", call.id)


def refused(world: World, call: Call) -> None:
    """Asterisk did not pause the recording: it goes on, and the record says so."""
    leg = _recorded(call)
    if leg is not None and paused(leg):
        leg.pauses.pop()
        world.publish(call.team, "call", call.id)


def again(world: World, call: Call) -> None:
    """Pause once more what is paused, after a resync: the command may have been lost."""
    leg = _recorded(call)
    if leg is not None and paused(leg):
        world.emit(PauseRecording(call.id, True))


def paused(leg: Leg) -> bool:
    return bool(leg.pauses) and leg.pauses[-1][1] is None


def end_pause(leg: Leg, at: float) -> None:
    """Note the end of the pause, if there is one: the recording goes on, or the talk is over."""
    if paused(leg):
        leg.pauses[-1] = (leg.pauses[-1][0], at)


def state(call: Call) -> str:
    """Return `on` or `paused`; empty: no talk is recorded."""
    leg = _recorded(call)
    return "" if leg is None else "paused" if paused(leg) else "on"


def _recorded(call: Call) -> Leg | None:
    leg = None if call.talk is None else call.legs[call.talk]
    return leg if leg is not None and leg.recording is not None else None
