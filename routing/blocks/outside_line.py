"""Outside lines: a caller is connected with a telephone number."""

from routing.commands import DialOut
from routing.expressions import values
from routing.state import Call, Leg
from routing.state.phases import CallPhase
from routing.state.world import World


def dial(world: World, call: Call, number: str, *, timeout: float, caller_id: str = "") -> None:
    """Rings `number` (E.164). The other party sees `caller_id`, by default the number that the caller dialled."""
    shown = caller_id or ("" if values.check_caller_id(call.did) else call.did)
    call.recording = world.recording_base(call, None)
    call.legs.append(Leg("number", world.now, number=number))
    world.emit(DialOut(call.id, number, shown, timeout, call.recording))
    world.move(call, CallPhase.DIALING, limit=timeout)
