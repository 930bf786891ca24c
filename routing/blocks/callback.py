"""`callback`: the caller asks to be called back, and keeps their place in the queue without staying on the line."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from routing.acd import callbacks
from routing.blocks import checks
from routing.blocks.base import BlockType, Exit, Turn
from routing.blocks.settings import Setting, Words
from routing.blocks.ways import Look, Way
from routing.expressions import variables
from routing.expressions.shapes import shaped
from routing.expressions.values import check_e164
from routing.ids import QueueId
from routing.state.world import SORRY_SOUND


@shaped(type="string", maxLength=80)
def check_number(value: Any) -> str | None:
    """Check that it is a number in E.164, or a text with variables that becomes one."""
    if problem := variables.check_template(value, longest=80):
        return problem
    return None if variables.names_in(value) else check_e164(value)


class Callback(BlockType):
    """`queue` calls back; by default it is the queue in which the caller was last. `number` is called; by default it is
    the caller's own. `sound` confirms the request. The exit is `failed` if there is no number to call, if the queue is
    gone or closed, or if the same number has a callback already."""

    type = "callback"
    overflow_target = True
    takes_over = True
    settings: ClassVar = {
        "queue": checks.reference("queue"),
        "number": Setting(check_number, default="{caller}", words=Words.DECIDING),
        "sound": checks.heard(),
    }
    exits = frozenset({"next", "failed"})
    instant = frozenset({"failed"})
    farewell: ClassVar = {"failed": SORRY_SOUND}

    def instant_of(self, settings: Mapping[str, Any]) -> frozenset[str]:
        return self.instant if settings.get("sound") is not None else self.exits

    def queue(self, turn: Turn) -> QueueId | None:
        queue = turn.setting("queue") or turn.call.last_queue
        return None if queue is None else QueueId(queue)

    def enter(self, turn: Turn) -> Exit:
        number = turn.text(turn.setting("number")).strip()
        if not callbacks.request(turn.world, turn.call, self.queue(turn), number):
            return "failed"
        audio = turn.audio("sound")
        if not audio:
            return "next"
        turn.play(audio)
        return None

    def played(self, turn: Turn, ok: bool) -> Exit:
        return "next"

    def ways(self, look: Look) -> Iterator[Way]:
        yield Way("next", "a callback is asked for")
        yield Way("failed", "no callback can be asked for")
