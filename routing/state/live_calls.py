"""The live calls, and how many of them each team has."""

from routing.config import NumberConfig
from routing.ids import TeamId
from routing.state import Call
from routing.state.world import World


def add(world: World, call: Call) -> None:
    """List a call that begins."""
    world.calls[call.id] = call
    _count(world, call.team, 1)


def give_to(world: World, call: Call, number: NumberConfig) -> None:
    """Make a listed call one to this number, and so one of its team."""
    call.number = number.id
    give_to_team(world, call, number.team)


def give_to_team(world: World, call: Call, team: TeamId) -> None:
    """Make a listed call one of the team."""
    _count(world, call.team, -1)
    call.team = team
    _count(world, call.team, 1)


def remove(world: World, call: Call) -> None:
    """Take a listed call out: it is over."""
    del world.calls[call.id]
    _count(world, call.team, -1)


def recount(world: World) -> None:
    """Count the calls of each team, after a restore."""
    world.team_calls.clear()
    for call in world.calls.values():
        _count(world, call.team, 1)


def _count(world: World, team: TeamId | None, calls: int) -> None:
    """Add to a team's calls. A team without calls is not listed."""
    left = world.team_calls.get(team, 0) + calls
    if left:
        world.team_calls[team] = left
    else:
        del world.team_calls[team]
