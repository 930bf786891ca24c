"""`queue`: the caller waits for an agent. The call ends after the talk."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from routing.acd import callbacks, queues
from routing.blocks import checks
from routing.blocks.base import Exit, Go, Turn
from routing.blocks.connects import Connects
from routing.blocks.menu import DIGITS
from routing.blocks.settings import Setting
from routing.blocks.ways import UNBOUNDED, Look, Way
from routing.config import Block
from routing.ids import BlockId, QueueId
from routing.state import route_versions
from routing.state.world import SORRY_SOUND

OVERFLOWS = ("timeout", "full", "empty", "closed")
"""Exits that no caller chooses. If one leads nowhere, the queue's own overflow is followed."""


class Queue(Connects):
    """Without `priority` the call keeps the priority that it has. A wait with a `timeout` needs the exit `timeout`. A
    digit that has an exit ends the wait whenever it is pressed."""

    type = "queue"
    overflow_target = True
    settings: ClassVar = {
        "queue": checks.reference("queue", required=True),
        "priority": Setting(checks.whole(-100, 100)),
        "timeout": Setting(checks.seconds(1, 86_400)),
    }
    exits = frozenset({*OVERFLOWS, *DIGITS})
    instant = frozenset({"full", "empty", "closed"})
    farewell: ClassVar = dict.fromkeys(OVERFLOWS, SORRY_SOUND)

    def problems(self, settings: Mapping[str, Any], exits: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        if settings.get("timeout") is not None and "timeout" not in exits:
            yield "exits.timeout", "a bounded wait needs the exit timeout"

    def queue(self, turn: Turn) -> QueueId:
        return QueueId(turn.setting("queue"))

    def connect(self, turn: Turn) -> Exit:
        world, call = turn.world, turn.call
        queue = world.queues.get(turn.setting("queue"))
        if queue is None:
            return "timeout"
        callback = callbacks.of_attempt(world, call)
        if callback is not None:
            callbacks.connect(world, call, callback)
            return None
        given = turn.setting("priority")
        priority = call.priority if given is None else given
        promised = callbacks.promised_to(world, call, queue) if queue.callbacks else None
        limit = turn.setting("timeout")
        refusal = queues.join(world, call, queue, priority=priority, limit=limit, promised=promised)
        if refusal is None and promised is not None:
            callbacks.hold(world, call, promised)
        return refusal

    def digit(self, turn: Turn, digit: str) -> Exit:
        return digit if digit in turn.block.exits else None

    def beyond(self, turn: Turn, exit: str) -> Go | None:
        """Return the queue's overflow. It is not followed twice in the same moment, since the call would go round for
        ever."""
        queue = turn.world.queues.get(turn.setting("queue"))
        overflow = None if queue is None or exit not in OVERFLOWS else queue.config.overflow
        if queue is None or overflow is None:
            return None
        if overflow.type == "block":
            target = BlockId(overflow.settings["block"])
            route = route_versions.route_of(turn.world, turn.call)
            known = route is not None and target in route.blocks and not _just_visited(turn, target)
            return Go(target) if known else None
        id = BlockId(f"overflow-{queue.config.id}")
        if _just_visited(turn, id):
            return None
        return Go(Block(id, overflow.type, dict(overflow.settings)))

    def lands(self, look: Look, exit: str) -> tuple[str, bool]:
        if exit not in OVERFLOWS or look.overflows is None:
            return "the queue's overflow" if exit in OVERFLOWS else "", False
        known = look.overflows.get(look.setting("queue"), "")
        return f"the queue's overflow, {known}" if known else "", True

    # -- what could happen -------------------------------------------------------------------------------

    def ways(self, look: Look) -> Iterator[Way]:
        id = look.setting("queue")
        limits = [
            float(limit) for limit in (look.setting("timeout"), look.max_wait.get(id)) if limit is not None
        ]
        longest = min(limits, default=UNBOUNDED)
        yield Way(None, "an agent of the queue answers", longest)
        if limits:
            yield Way("timeout", f"no agent answers for {longest:g} s", longest)
        yield Way("full", "the queue is full")
        yield Way("empty", "no agent serves the queue", longest)
        yield Way("closed", "the queue is closed")
        for digit in DIGITS:
            if digit in look.block.exits:
                yield Way(digit, f"{digit} is pressed while waiting", longest, digits=digit, chosen=True)


def _just_visited(turn: Turn, id: BlockId) -> bool:
    """Return whether the call came through this block in this very moment."""
    return any(visit.block == id and visit.at == turn.world.now for visit in turn.call.path[-50:])
