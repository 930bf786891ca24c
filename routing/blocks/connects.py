"""What the blocks that connect a caller with another person share."""

from abc import abstractmethod

from routing.blocks.base import BlockType, Exit, Turn
from routing.commands import DialOut
from routing.expressions import values
from routing.ids import QueueId
from routing.state import Call, Leg
from routing.state.phases import CallPhase
from routing.state.world import World


class Connects(BlockType):
    """First the caller hears that the call is recorded, if the policy says so. Then the caller is connected."""

    def enter(self, turn: Turn) -> Exit:
        return None if turn.world.notice(turn.call, self.queue(turn)) else self.connect(turn)

    def played(self, turn: Turn, ok: bool) -> Exit:
        turn.call.noticed = ok
        return self.connect(turn)

    def queue(self, turn: Turn) -> QueueId | None:
        """Return the queue whose recording policy holds; None: the number's or the team's policy holds."""
        return None

    @abstractmethod
    def connect(self, turn: Turn) -> Exit:
        """Ring the person whom the caller is to talk to, or put the caller into a queue."""


def dial_out(world: World, call: Call, number: str, *, timeout: float, caller_id: str = "") -> None:
    """Ring `number` (E.164). The other party sees `caller_id`, by default the number that the caller dialled."""
    shown = caller_id or ("" if values.check_caller_id(call.did) else call.did)
    call.recording = world.recording_base(call, None)
    call.legs.append(Leg("number", world.now, number=number))
    world.emit(DialOut(call.id, number, shown, timeout, call.recording))
    world.move(call, CallPhase.DIALING, limit=timeout)
