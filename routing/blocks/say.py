"""`say`: speaks a text, then goes on."""

from collections.abc import Iterator
from typing import ClassVar

from routing.blocks import checks
from routing.blocks.base import BlockType, Exit, Turn
from routing.blocks.settings import Setting, Words
from routing.blocks.ways import Look, Way
from routing.expressions.prompts import audio


class Say(BlockType):
    """A `play` with one text."""

    type = "say"
    settings: ClassVar = {
        "text": Setting(checks.template, required=True, words=Words.SPOKEN),
        "language": Setting(checks.language),
        "voice": Setting(checks.voice),
    }
    exits = frozenset({"next"})
    required_exits = exits

    def enter(self, turn: Turn) -> Exit:
        item = {
            "say": turn.setting("text"),
            "language": turn.setting("language"),
            "voice": turn.setting("voice"),
        }
        turn.play(audio(item, turn.value, turn.language))
        return None

    def played(self, turn: Turn, ok: bool) -> Exit:
        return "next"

    def ways(self, look: Look) -> Iterator[Way]:
        yield Way("next", "the text is spoken")
