"""`voicemail`: plays a greeting and records the caller. A hang-up while recording leaves the message all the same."""

from collections.abc import Iterator
from typing import ClassVar

from routing.blocks import checks, voicemail_message
from routing.blocks.base import BlockType, Dry, DryTurn, Exit, Setting, Turn
from routing.blocks.ways import Look, Way


class Voicemail(BlockType):
    type = "voicemail"
    settings: ClassVar = {
        "mailbox": Setting(checks.mailbox, required=True),
        "greeting": Setting(checks.sounds, default="vm-intro"),
        "max_seconds": Setting(checks.whole(5, 3600), default=180),
        "silence": Setting(checks.whole(1, 60), default=10),
    }
    exits = frozenset({"next"})

    def enter(self, turn: Turn) -> Exit:
        turn.play(turn.audio("greeting"))
        return None

    def played(self, turn: Turn, ok: bool) -> Exit:
        voicemail_message.record(
            turn.world,
            turn.call,
            turn.setting("mailbox"),
            max_seconds=turn.setting("max_seconds"),
            silence=turn.setting("silence"),
        )
        return None

    def recorded(self, turn: Turn, seconds: float) -> Exit:
        voicemail_message.keep(turn.world, turn.call, seconds)
        return "next"

    def dry(self, turn: DryTurn) -> Dry:
        mailbox = turn.setting("mailbox")
        return "next", f"a message is left for {mailbox['kind']} {mailbox['id']}"

    def ways(self, look: Look) -> Iterator[Way]:
        exit = "next" if "next" in look.block.exits else None
        yield Way(exit, "a message is left", float(look.setting("max_seconds")))
