"""`route`: the call goes on with another route."""

from collections.abc import Iterator
from typing import ClassVar

from routing.blocks import checks
from routing.blocks.base import BlockType, Exit, Go, Turn
from routing.blocks.ways import Look, Way
from routing.state.world import SORRY_SOUND

MOST_ROUTES = 20
"""The most times that a call may go on to another route."""


class Route(BlockType):
    """The call follows the version of the other route that is the newest when the call comes here. The exit is `failed`
    if that route is gone, or if the call has changed routes too often."""

    type = "route"
    overflow_target = True
    settings: ClassVar = {"route": checks.reference("route", required=True)}
    exits = frozenset({"failed"})
    farewell: ClassVar = {"failed": SORRY_SOUND}
    waits = False

    def enter(self, turn: Turn) -> Exit:
        other = turn.world.routes.get(turn.setting("route"))
        if other is None or other.team != turn.call.team or turn.call.routes >= MOST_ROUTES:
            return "failed"
        turn.call.routes += 1
        return Go(other)

    def ways(self, look: Look) -> Iterator[Way]:
        yield Way(None, f"goes on with the route {look.setting('route')}", route=look.setting("route"))
        if "failed" in look.block.exits:
            yield Way("failed", "the route is gone, or the call has changed routes too often")
