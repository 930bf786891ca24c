"""What the blocks that connect a caller with another person share."""

from abc import abstractmethod

from routing.acd import outside_calls
from routing.blocks.base import BlockType, Exit, Turn
from routing.ids import MemberId
from routing.outbound.destinations import one_spelling
from routing.state import Leg, Role


class Connects(BlockType):
    """First the caller hears that the call is recorded, if the policy says so. Then the caller is connected. The policy
    is that of the queue to which the block sends the call, else the number's or the team's."""

    takes_over = True

    def enter(self, turn: Turn) -> Exit:
        return None if turn.world.notice(turn.call, self.queue(turn)) else self.connect(turn)

    def played(self, turn: Turn, ok: bool) -> Exit:
        turn.call.noticed = ok
        return self.connect(turn)

    @abstractmethod
    def connect(self, turn: Turn) -> Exit:
        """Ring the person whom the caller is to talk to, or put the caller into a queue."""


def dial_out(
    turn: Turn, number: str, *, timeout: float, caller_id: str = "", member: MemberId | None = None
) -> Exit:
    """Ring `number` (E.164), if the call may go out; else leave by `failed`. `member` forwards to the number.

    The other party sees `caller_id` if it is the team's number, by default the number that the caller dialled.
    """
    world, call, number = turn.world, turn.call, one_spelling(number)
    verdict = outside_calls.permit(world, call, number, shown=caller_id, member=member)
    if verdict.denial is not None:
        outside_calls.note(call, verdict.denial)
        return "failed"
    call.recording = world.recording_base(call, None)
    line = Leg(Role.NUMBER, world.now, number=number, shown=verdict.identity, own=verdict.own, member=member)
    outside_calls.dial(world, call, line, verdict, timeout)
    return None
