"""`queue`: the caller waits for an agent. After the talk the call is over."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from routing import queues
from routing.blocks import checks
from routing.blocks.base import BlockType, Dry, DryTurn, Setting, Turn
from routing.world import SORRY_SOUND


class Queue(BlockType):
    """Exits that lead nowhere say sorry and hang up; a bounded wait must say where it leads."""

    type = "queue"
    settings: ClassVar = {
        "queue": Setting(checks.queue, required=True),
        "priority": Setting(checks.whole(-100, 100), default=0),
        "timeout": Setting(checks.seconds(1, 86_400)),
    }
    exits = frozenset({"timeout", "full", "empty"})
    farewell: ClassVar = {"timeout": SORRY_SOUND, "full": SORRY_SOUND, "empty": SORRY_SOUND}

    def problems(self, settings: Mapping[str, Any], exits: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        if settings.get("timeout") is not None and "timeout" not in exits:
            yield "exits.timeout", "a bounded wait needs the exit timeout"

    def enter(self, turn: Turn) -> str | None:
        if turn.world.notice(turn.call, turn.setting("queue")):
            return None
        return self._join(turn)

    def played(self, turn: Turn, ok: bool) -> str | None:
        turn.call.noticed = ok
        return self._join(turn)

    def _join(self, turn: Turn) -> str | None:
        queue = turn.world.queues.get(turn.setting("queue"))
        if queue is None:
            return "timeout"
        limit = turn.setting("timeout")
        return queues.join(turn.world, turn.call, queue, priority=turn.setting("priority"), limit=limit)

    def dry(self, turn: DryTurn) -> Dry:
        state = turn.queue_states.get(turn.setting("queue"), "answered")
        if state in self.exits:
            return state, f"the queue answers with {state}"
        return None, "an agent of the queue answers"
