"""`hangup`: ends the call, after a last sound if one is set."""

from collections.abc import Iterator
from typing import ClassVar

from routing.blocks import checks
from routing.blocks.base import BlockType, Exit, Turn
from routing.blocks.settings import Setting
from routing.blocks.ways import Look, Way


class Hangup(BlockType):
    """Without a sound, a call that was not answered yet is refused with `cause` (Q.850), and costs the caller
    nothing."""

    type = "hangup"
    overflow_target = True
    settings: ClassVar = {"sound": checks.heard(), "cause": Setting(checks.whole(1, 127), default=16)}

    def enter(self, turn: Turn) -> Exit:
        last, cause = turn.audio("sound"), turn.setting("cause")
        if last:
            turn.world.close(turn.call, last.sounds, cause, last.prompts)
        else:
            turn.world.hang_up(turn.call, cause)
        return None

    def ways(self, look: Look) -> Iterator[Way]:
        yield Way(None, "hangs up")
