"""`play`: plays sounds, then goes on."""

from typing import ClassVar

from routing.blocks import checks
from routing.blocks.base import BlockType, Dry, DryTurn, Exit, Setting, Turn


class Play(BlockType):
    type = "play"
    settings: ClassVar = {"sound": Setting(checks.sounds, required=True)}
    exits = frozenset({"next"})
    required_exits = frozenset({"next"})

    def enter(self, turn: Turn) -> Exit:
        turn.play(turn.audio("sound"))
        return None

    def played(self, turn: Turn, ok: bool) -> Exit:
        return "next"

    def dry(self, turn: DryTurn) -> Dry:
        return "next", f"plays {turn.heard('sound')}"
