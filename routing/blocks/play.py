"""`play`: plays sounds and speaks texts, then goes on."""

from collections.abc import Iterator
from typing import ClassVar

from routing.blocks import checks
from routing.blocks.base import BlockType, Exit, Turn
from routing.blocks.ways import Look, Way


class Play(BlockType):
    type = "play"
    settings: ClassVar = {"sound": checks.heard(required=True)}
    exits = frozenset({"next"})
    required_exits = exits

    def enter(self, turn: Turn) -> Exit:
        turn.play(turn.audio("sound"))
        return None

    def played(self, turn: Turn, ok: bool) -> Exit:
        return "next"

    def ways(self, look: Look) -> Iterator[Way]:
        yield Way("next", "the sound has been played")
