"""`user`: rings one user's phone directly, without a queue. After the talk the call is over."""

from typing import ClassVar

from routing import queues
from routing.agents import has_room
from routing.blocks import checks
from routing.blocks.base import BlockType, Dry, DryTurn, Setting, Turn
from routing.world import SORRY_SOUND


class User(BlockType):
    """A direct call rings whatever the status is, but never a phone that is in use."""

    type = "user"
    settings: ClassVar = {
        "user": Setting(checks.user, required=True),
        "timeout": Setting(checks.seconds(5, 300), default=20),
    }
    exits = frozenset({"failed"})
    farewell: ClassVar = {"failed": SORRY_SOUND}

    def enter(self, turn: Turn) -> str | None:
        return None if turn.world.notice(turn.call, None) else self._ring(turn)

    def played(self, turn: Turn, ok: bool) -> str | None:
        turn.call.noticed = ok
        return self._ring(turn)

    def _ring(self, turn: Turn) -> str | None:
        world = turn.world
        agents = [world.agents[id] for id in sorted(world.agents_by_user.get(turn.setting("user"), ()))]
        chosen = [agent for agent in agents if has_room(world, agent)]
        if not chosen:
            return "failed"
        world.answer(turn.call)
        timeout = float(turn.setting("timeout"))
        queues.ring(world, turn.call, chosen[:1], queue=None, timeout=timeout, music="default")
        return None

    def dry(self, turn: DryTurn) -> Dry:
        return None, "the user answers"
