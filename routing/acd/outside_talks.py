"""How long a team's calls in the telephone network talk, and what that costs, on the team's local day.

A line is paid for from its answer to its end. Calls that are over stand in the team's `Usage`; what goes on is measured
when the rule is asked. A talk over midnight counts in both days, in each with its part.
"""

from collections.abc import Iterator
from datetime import datetime, time
from zoneinfo import ZoneInfo

from routing.ids import MemberId, TeamId
from routing.outbound.destinations import destination
from routing.outbound.prices import price
from routing.outbound.usage import NOTHING, Talked
from routing.state import Call, Leg, Role
from routing.state.world import World


def is_paid(leg: Leg) -> bool:
    """Return whether the leg is a line over a trunk: no number of ours, and no emergency number."""
    return bool(leg.shown) and not leg.own


def now(world: World, team: TeamId, member: MemberId | None) -> tuple[Talked, Talked]:
    """Return what the calls that go on have talked today: those of the team, and of these the member's."""
    since, all_, mine = _midnight(world, team), NOTHING, NOTHING
    for call in world.calls.values():
        if call.team == team:
            for of, talked in _lines(world, call, since):
                all_ = all_.plus(talked)
                mine = mine.plus(talked) if member is not None and of == member else mine
    return all_, mine


def of_call(world: World, call: Call) -> list[tuple[MemberId | None, Talked]]:
    """Return who made each line of the call over a trunk, and what it talked today."""
    return [] if call.team is None else list(_lines(world, call, _midnight(world, call.team)))


def _lines(world: World, call: Call, since: float) -> Iterator[tuple[MemberId | None, Talked]]:
    for leg in call.legs:
        # A member who transfers leaves their outside line in their own place: as the caller.
        begun = leg.offered_at if leg.kind is Role.CALLER else leg.answered_at
        if is_paid(leg) and begun is not None:
            yield leg.member, _talked(world, call, leg.number or "", begun, leg.ended_at, since)
    if call.shown and call.answered and call.queued_at is not None:
        # The customer of a callback, who is the caller here.
        yield None, _talked(world, call, call.caller, call.queued_at, call.gone_at, since)


def _talked(world: World, call: Call, number: str, begun: float, ended: float | None, since: float) -> Talked:
    seconds = max(0.0, (world.now if ended is None else ended) - max(begun, since))
    known = None if call.team is None else world.teams.get(call.team)
    prices = {} if known is None else known.outbound.prices
    return Talked(seconds, seconds / 60 * price(prices, destination(number)))


def _midnight(world: World, team: TeamId) -> float:
    known = world.teams.get(team)
    zone = ZoneInfo(known.timezone if known else "UTC")
    today = datetime.fromtimestamp(world.now, zone).date()
    return datetime.combine(today, time(), zone).timestamp()
