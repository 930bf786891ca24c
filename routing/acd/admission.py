"""Whether a call that enters may stay. One that may not is refused before it costs anything, so that others are served.

Two limits: what the call's node can carry now (`CallEntered.load`, measured), and the calls that its team may have at
the same time. While a node is full, a team that has less than an equal share of the calls still gets some room.
"""

from enum import StrEnum

from routing.commands import CallRefused
from routing.state import Call
from routing.state.world import World

FULL, OVERFULL = 1.0, 1.1
"""Loads: from `FULL` on only teams below their share get in, from `OVERFULL` on no call."""
CONGESTION = 42
"""Q.850: switching equipment congestion. A trunk is told 503."""


class Refusal(StrEnum):
    NODE = "node"
    """The Asterisk node has all the calls that it can carry."""
    TEAM = "team"
    """The team has as many calls as it may have."""


def refuse(world: World, call: Call, load: float) -> bool:
    """Refuse the call if it is one too many. Return whether it was."""
    why = _why(world, call, load)
    if why is None:
        return False
    note_refused(world, call, why)
    world.hang_up(call, CONGESTION)
    return True


def note_refused(world: World, call: Call, why: Refusal) -> None:
    """Let the call's record say that it was refused, and the operator know."""
    call.outcome = "refused"
    world.emit(CallRefused(call.id, call.team, why.value))


def has_room(world: World, call: Call) -> bool:
    """Return whether the call's team may have it. The call is counted already."""
    return _why(world, call, 0.0) is None


def _why(world: World, call: Call, load: float) -> Refusal | None:
    team = None if call.team is None else world.teams.get(call.team)
    if load < FULL and (team is None or team.max_calls is None):
        return None
    before = world.team_calls[call.team] - 1  # the call itself is counted
    if team is not None and team.max_calls is not None and before >= team.max_calls:
        return Refusal.TEAM
    if load < FULL:
        return None
    teams = len(world.team_calls) - (before == 0)
    has_its_share = team is None or before * teams >= len(world.calls) - 1
    return Refusal.NODE if load >= OVERFULL or has_its_share else None
