"""`number`: connects the caller with an outside line. The call ends after the talk."""

from collections.abc import Iterator
from typing import ClassVar

from routing.blocks import checks
from routing.blocks.base import Exit, Turn
from routing.blocks.connects import Connects, dial_out
from routing.blocks.settings import Setting
from routing.blocks.ways import Look, Way
from routing.expressions import values
from routing.state.world import SORRY_SOUND


class Number(Connects):
    """`caller_id` is the number of the team that the called party sees. The default is the one that the caller dialled.
    The exit is `failed` at once if the team may not dial the number."""

    type = "number"
    overflow_target = True
    settings: ClassVar = {
        "number": Setting(values.check_e164, required=True),
        "timeout": Setting(checks.seconds(5, 300), default=30),
        "caller_id": Setting(values.check_caller_id),
    }
    exits = frozenset({"failed"})
    instant = exits
    farewell: ClassVar = {"failed": SORRY_SOUND}

    def connect(self, turn: Turn) -> Exit:
        caller_id = turn.setting("caller_id") or ""
        timeout = float(turn.setting("timeout"))
        return dial_out(turn, turn.setting("number"), timeout=timeout, caller_id=caller_id)

    def ways(self, look: Look) -> Iterator[Way]:
        seconds = float(look.setting("timeout"))
        yield Way(None, f"{look.setting('number')} answers", seconds)
        yield Way("failed", f"{look.setting('number')} does not answer", seconds)
