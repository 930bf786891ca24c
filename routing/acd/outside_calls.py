"""The way out: every call to the telephone network passes `permit`, which asks the rule of `routing.outbound`.

A number that is one of ours is called without a trunk: that costs nothing, so the policy does not matter.

A call may come back to us: a number that a route dials may be one of ours, and two users may forward to each other.
Such a call enters as a new one, so it is recognized by what it brings. It is a round further
than one of our calls that rings an outside number at this moment, if it is for that number, if it comes from that
number, if it shows the number that our call shows, or if it comes from a team whose number our call rings. By the last,
a loop over the engines of two shards ends too: each of them knows its own calls only.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from routing import frozen
from routing.acd import outside_talks
from routing.commands import DialOut, OutboundAlarm
from routing.ids import CallId, MemberId, TeamId
from routing.outbound import alarms, rule
from routing.outbound.destinations import Destination, destination
from routing.outbound.policy import CLOSED, OutboundPolicy
from routing.outbound.rule import Attempt, Denial
from routing.outbound.usage import Usage
from routing.state import Call, Leg, Role
from routing.state.phases import CallPhase
from routing.state.world import World


@frozen.dataclass(frozen=True, slots=True)
class Verdict:
    """`denial` None: the call may go out, and shows `identity`, a number (E.164) of the team. `trunks` and `own`: as in
    `routing.commands.DialOut`."""

    denial: Denial | None
    identity: str = ""
    trunks: tuple[str, ...] = ()
    own: bool = False


def permit(
    world: World,
    call: Call,
    number: str,
    *,
    shown: str = "",
    member: MemberId | None = None,
    may_ring_us: bool = True,
) -> Verdict:
    """Decide whether the call may ring `number` (E.164), and count it if it may. Alarms are raised.

    `shown`: the number that the other party should see. `member` calls, or forwards to the number. `may_ring_us`:
    whether the number may be one of our own.
    """
    team = call.team
    if team is None:
        return Verdict(Denial.CLOSED)
    attempt = _attempt(world, call, team, number, shown, member)
    identity = attempt.identity
    own = _rings_us(world, number) is not None
    policy, to, used = policy_of(world, team), destination(number), usage(world, team)
    if own and may_ring_us:
        denial = rule.endless(attempt)
    else:
        denial = rule.denial(policy, to, used, attempt) or (Denial.OWN_NUMBER if own else None)
    if denial is not None:
        _deny(world, call.id, team, to, denial)
        return Verdict(denial)
    _mark(world, call.id, number, identity)
    if own:
        return Verdict(None, identity, own=True)
    world.publish(team, "outbound", team)
    used.count(world.now, number, attempt.did, attempt.member)
    hour, home = _local(world, team).hour, destination(identity).country
    for alarm in alarms.of_call(policy, to, home, used, now=world.now, hour=hour):
        world.emit(OutboundAlarm(call.id, team, alarm, to.country))
    return Verdict(None, identity, trunks_for(world, team, identity, number))


def denial_of(world: World, call: Call, number: str, *, shown: str, member: MemberId) -> Denial | None:
    """Return why the member's call may not ring `number` now; None: it may. Nothing is counted yet."""
    if call.team is None:
        return Denial.CLOSED
    attempt = _attempt(world, call, call.team, number, shown, member)
    if _rings_us(world, number) is not None:
        return rule.endless(attempt)
    return rule.denial(policy_of(world, call.team), destination(number), usage(world, call.team), attempt)


def _attempt(
    world: World, call: Call, team: TeamId, number: str, shown: str, member: MemberId | None
) -> Attempt:
    known = None if call.phone else world.numbers.find(call.did)
    did = call.did if known is None and not call.phone else "" if known is None else known.e164
    identity = identity_of(world, team, shown, did)
    team_has, member_has = _at_once(world, team, member)
    team_talks, member_talks = outside_talks.now(world, team, member)
    return Attempt(
        number,
        identity,
        did,
        member or "",
        call.rounds,
        _tries(call),
        team_has,
        member_has,
        team_talks,
        member_talks,
    )


def dial(world: World, call: Call, line: Leg, verdict: Verdict, timeout: float) -> None:
    """Ring the outside line of a call that may go out, for `timeout` seconds on each trunk."""
    number, shown, back = line.number or "", verdict.identity, bool(call.phone) and call.comes_back
    call.legs.append(line)
    world.emit(
        DialOut(call.id, number, shown, timeout, call.recording, verdict.trunks, verdict.own, comes_back=back)
    )
    world.move(call, CallPhase.DIALING, limit=timeout * max(1, len(verdict.trunks)))


def trunks_for(world: World, team: TeamId, shown: str, number: str) -> tuple[str, ...]:
    """Return the trunks over which the team rings `number`, best first; empty: those of the installation."""
    known = world.teams.get(team)
    rules = () if known is None else known.trunks
    return next((it.trunks for it in rules if it.fits(shown, number)), ())


def _at_once(world: World, team: TeamId, member: MemberId | None) -> tuple[int, int]:
    """Return how many calls the team and the member have in the telephone network now."""
    outside = [
        (call, lines)
        for call in world.calls.values()
        if call.team == team and ((lines := _lines(call)) or call.shown)
    ]
    of_member = [1 for _, lines in outside if member is not None and member in [leg.member for leg in lines]]
    return len(outside), len(of_member)


def _lines(call: Call) -> list[Leg]:
    """Return the call's outside lines that ring or talk, without those to numbers of ours and emergency numbers."""
    return [leg for leg in call.legs if leg.ended_at is None and outside_talks.is_paid(leg)]


def refuses(world: World, call: Call, number: str) -> bool:
    """Return whether a caller must not be promised a callback at `number`. The reason is noted in the call's path."""
    if call.team is None:
        return True
    to = destination(number)
    home = destination(identity_of(world, call.team, call.did)).country
    denial = rule.where(policy_of(world, call.team), to, home) or _rings_us(world, number)
    if denial is not None:
        _deny(world, call.id, call.team, to, denial)
        note(call, denial)
    return denial is not None


def note(call: Call, denial: Denial) -> None:
    """Note in the call's path why its block did not ring the number."""
    call.path[-1].reason = f"outbound: {denial}"


def _rings_us(world: World, number: str) -> Denial | None:
    return None if world.numbers.find(number) is None else Denial.OWN_NUMBER


def _deny(world: World, call: CallId, team: TeamId, to: Destination, denial: Denial) -> None:
    used = usage(world, team)
    used.deny(denial)
    world.publish(team, "outbound", team)
    for alarm in alarms.of_denial(denial, used):
        world.emit(OutboundAlarm(call, team, alarm, to.country, denial))


def policy_of(world: World, team: TeamId | None) -> OutboundPolicy:
    known = None if team is None else world.teams.get(team)
    return CLOSED if known is None or known.suspended else known.outbound


def usage(world: World, team: TeamId) -> Usage:
    """Return what the team dialled today, on its local day."""
    used = world.usage.get(team)
    if used is None:
        used = world.usage[team] = Usage(team)
    used.begin(_local(world, team).date().isoformat())
    return used


def identity_of(world: World, team: TeamId, *wanted: str) -> str:
    """Return the first of the wanted numbers that is the team's, else its main number, else any number of the team;
    empty: it has none."""
    config = world.teams.get(team)
    for number in (*wanted, "" if config is None else config.main_number):
        known = world.numbers.find(number) if number else None
        if known is not None and known.team == team:
            return known.e164
    own = (known.e164 for known in world.numbers.by_id.values() if known.team == team and known.e164)
    return min(own, default="")


def country_of(world: World, team: TeamId) -> str:
    """Return the country (ISO 3166 alpha-2) of the team; empty: not known."""
    known = world.teams.get(team)
    return "" if known is None else known.country


def _local(world: World, team: TeamId) -> datetime:
    known = world.teams.get(team)
    return datetime.fromtimestamp(world.now, ZoneInfo(known.timezone if known else "UTC"))


def _tries(call: Call) -> int:
    return sum(leg.kind is Role.NUMBER for leg in call.legs)


# -- calls that come back ------------------------------------------------------------------------------------


def _mark(world: World, call: CallId, *numbers: str) -> None:
    for number in numbers:
        world.dialled.setdefault(number, {})[call] = None


def rounds(world: World, did: str, caller: str) -> int:
    """Return how often a call that enters has been with us before; 0: it comes from elsewhere."""
    known = world.numbers.find(did)
    did = did if known is None else known.e164
    own = world.numbers.find(caller) if caller else None
    team = None if own is None else own.team
    # The numbers of a team are known only by their look-up, so all calls are asked if the caller has one of them.
    numbers = (did, caller) if team is None else tuple(world.dialled)
    ids = {id: None for number in numbers for id in world.dialled.get(number, ())}
    calls = [call for id in ids if (call := world.calls.get(id)) is not None]
    return max((call.rounds + 1 for call in calls if _may_be(world, call, did, caller, team)), default=0)


def _may_be(world: World, call: Call, did: str, caller: str, team: TeamId | None) -> bool:
    """Return whether what `call` rings outside at this moment may be a call that enters for `did` from `caller`.

    `team`: whose number `caller` is. Its calls may be another engine's, which this one does not know. They show any
    number of that team.
    """
    match call.phase:
        case CallPhase.DIALING:
            rings, shown = call.legs[-1].number or "", call.legs[-1].shown
        case CallPhase.CALLING:
            rings, shown = call.caller, call.shown
        case _:
            return False
    if rings == did or caller in (rings, shown):
        return True
    rung = world.numbers.find(rings)
    return team is not None and rung is not None and rung.team == team


def forget(world: World, call: Call) -> None:
    """Forget what the call dialled, and count how long it talked: it is over."""
    _unmark(world, call.id, *_dialled(call))
    talks = outside_talks.of_call(world, call)
    if call.team is None or not talks:
        return
    used = usage(world, call.team)
    for member, talked in talks:
        used.add(talked, member or "")
    world.publish(call.team, "outbound", call.team)


def restore(world: World) -> None:
    """Rebuild `World.dialled` from the calls."""
    for call in world.calls.values():
        _mark(world, call.id, *_dialled(call))


def _dialled(call: Call) -> list[str]:
    """Return the numbers that the call rang, and those that it showed. A callback rings the number of its caller."""
    legs = [
        (leg.number, leg.shown) for leg in call.legs if leg.kind is Role.NUMBER and leg.number is not None
    ]
    return [
        number for pair in (*legs, *([(call.caller, call.shown)] if call.shown else [])) for number in pair
    ]


def _unmark(world: World, call: CallId, *numbers: str) -> None:
    for number in numbers:
        calls = world.dialled.get(number, {})
        calls.pop(call, None)
        if not calls:
            world.dialled.pop(number, None)
