"""`number`: connects the caller with an outside line. After the talk the call is over."""

from typing import ClassVar

from routing import values
from routing.blocks import checks
from routing.blocks.base import BlockType, Dry, DryTurn, Setting, Turn
from routing.commands import DialOut
from routing.phases import CallPhase
from routing.state import Leg
from routing.world import SORRY_SOUND


class Number(BlockType):
    """`caller_id` is what the called party sees; by default the number that the caller dialled."""

    type = "number"
    settings: ClassVar = {
        "number": Setting(checks.plain(values.check_e164), required=True),
        "timeout": Setting(checks.seconds(5, 300), default=30),
        "caller_id": Setting(checks.plain(values.check_caller_id)),
    }
    exits = frozenset({"failed"})
    farewell: ClassVar = {"failed": SORRY_SOUND}

    def enter(self, turn: Turn) -> str | None:
        if not turn.world.notice(turn.call, None):
            self._dial(turn)
        return None

    def played(self, turn: Turn, ok: bool) -> str | None:
        turn.call.noticed = ok
        self._dial(turn)
        return None

    def _dial(self, turn: Turn) -> None:
        world, call = turn.world, turn.call
        timeout, number = float(turn.setting("timeout")), turn.setting("number")
        caller_id = turn.setting("caller_id") or ("" if values.check_caller_id(call.did) else call.did)
        call.recording = world.recording_base(call, None)
        call.legs.append(Leg("number", world.now, number=number))
        world.emit(DialOut(call.id, number, caller_id, timeout, call.recording))
        world.move(call, CallPhase.DIALING, limit=timeout)

    def dry(self, turn: DryTurn) -> Dry:
        return None, f"{turn.setting('number')} answers"
