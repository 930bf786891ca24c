"""`play`: plays sounds, then goes on."""

from typing import ClassVar

from routing.blocks import checks
from routing.blocks.base import BlockType, Dry, DryTurn, Setting, Turn


class Play(BlockType):
    type = "play"
    settings: ClassVar = {"sound": Setting(checks.sounds, required=True)}
    exits = frozenset({"next"})
    required_exits = frozenset({"next"})

    def enter(self, turn: Turn) -> str | None:
        turn.world.play(turn.call, turn.sounds("sound"))
        return None

    def played(self, turn: Turn, ok: bool) -> str | None:
        return "next"

    def dry(self, turn: DryTurn) -> Dry:
        return "next", f"plays {turn.setting('sound')}"
