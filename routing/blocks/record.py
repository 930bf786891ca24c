"""`record`: records what the caller says. The message belongs to the call, or to a mailbox."""

from collections.abc import Iterator
from typing import ClassVar

from routing.blocks import checks
from routing.blocks.base import BlockType, Exit, Turn
from routing.blocks.settings import Setting
from routing.blocks.voicemail import OF_CALL, keep_message, record_message
from routing.blocks.ways import Look, Way
from routing.expressions.variables import assign


class Record(BlockType):
    """A caller who hangs up while recording leaves the message all the same."""

    type = "record"
    settings: ClassVar = {
        "sound": checks.heard(),
        "mailbox": checks.mailbox(),
        "max_seconds": Setting(checks.whole(1, 3600), default=60),
        "silence": Setting(checks.whole(1, 60), default=5),
        "variable": Setting(checks.variable),
        "seconds_variable": Setting(checks.variable),
    }
    exits = frozenset({"next"})
    required_exits = exits

    def enter(self, turn: Turn) -> Exit:
        first = turn.audio("sound")
        if first:
            turn.play(first)
        else:
            turn.world.answer(turn.call)
            self._record(turn)
        return None

    def played(self, turn: Turn, ok: bool) -> Exit:
        self._record(turn)
        return None

    def _record(self, turn: Turn) -> None:
        mailbox = turn.setting("mailbox") or {"kind": OF_CALL, "id": turn.call.id}
        seconds, silence = turn.setting("max_seconds"), turn.setting("silence")
        record_message(turn.world, turn.call, mailbox, max_seconds=seconds, silence=silence)

    def recorded(self, turn: Turn, seconds: float) -> Exit:
        file = turn.memory["file"] + ".wav"
        keep_message(turn.world, turn.call, seconds)
        if variable := turn.setting("variable"):
            assign(turn.call.variables, variable, file)
        if variable := turn.setting("seconds_variable"):
            assign(turn.call.variables, variable, str(round(seconds)))
        return "next"

    def ways(self, look: Look) -> Iterator[Way]:
        names = [look.setting("variable"), look.setting("seconds_variable")]
        facts: dict[str, str | None] = {name: None for name in names if name}
        yield Way("next", "a message is recorded", float(look.setting("max_seconds")), facts=facts)
