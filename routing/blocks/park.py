"""`park`: the caller waits on music in a slot of the team, from where any member's phone fetches them by its number.

No route names it: the core makes it.
"""

from collections.abc import Iterator
from typing import ClassVar

from routing.blocks.base import BlockType, Exit, Turn
from routing.blocks.ways import Look, Way
from routing.commands import StartMusic
from routing.ids import TeamId
from routing.state import Call
from routing.state.phases import CallPhase
from routing.state.world import World

SLOTS = tuple(str(slot) for slot in range(701, 800))
SECONDS = 90.0
"""How long a caller is parked. Then they go back to who parked them."""


class Park(BlockType):
    """The caller leaves by `timeout` when no one has fetched them, and at once if there is no free slot."""

    type = "park"
    exits = frozenset({"timeout"})
    instant = exits
    settings: ClassVar = {}

    def enter(self, turn: Turn) -> Exit:
        world, call = turn.world, turn.call
        slot = None if call.team is None else free_slot(world, call.team)
        if slot is None:
            return "timeout"
        world.answer(call)
        call.slot = slot
        world.emit(StartMusic(call.id, turn.block.settings.get("music", "default")))
        world.move(call, CallPhase.PARKED, limit=SECONDS)
        return None

    def timed_out(self, turn: Turn) -> Exit:
        return "timeout"

    def ways(self, look: Look) -> Iterator[Way]:
        yield Way("timeout", "no one fetches the caller", SECONDS)


def parked(world: World, team: TeamId) -> dict[str, Call]:
    """Return the team's parked calls by slot."""
    calls = (call for call in world.calls.values() if call.phase is CallPhase.PARKED and call.team == team)
    return {call.slot: call for call in calls}


def free_slot(world: World, team: TeamId) -> str | None:
    """Return the first slot that is neither taken nor a member's extension."""
    taken = parked(world, team)
    free = (it for it in SLOTS if it not in taken and world.users.at_extension(team, it) is None)
    return next(free, None)
