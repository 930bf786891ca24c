"""`hangup`: ends the call, after a last sound if one is set."""

from typing import ClassVar

from routing.blocks import checks
from routing.blocks.base import BlockType, Dry, DryTurn, Setting, Turn


class Hangup(BlockType):
    """Without a sound a caller who was not answered yet is refused with `cause` (Q.850) and pays nothing."""

    type = "hangup"
    settings: ClassVar = {"sound": Setting(checks.sounds), "cause": Setting(checks.whole(1, 127), default=16)}

    def enter(self, turn: Turn) -> str | None:
        sounds, cause = turn.sounds("sound"), turn.setting("cause")
        if sounds:
            turn.world.close(turn.call, sounds, cause)
        else:
            turn.world.hang_up(turn.call, cause)
        return None

    def dry(self, turn: DryTurn) -> Dry:
        return None, f"hangs up with cause {turn.setting('cause')}"
