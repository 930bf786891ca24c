"""Calls that a member's phone makes to the telephone network.

They cost money, so each passes the one rule of `routing.outbound`, and none is dialled without an engine. A call that
the rule refuses is told why, by a sound and by its cause. One that may go out is dialled by Asterisk, over one trunk
after the other, and ends with the talk: it is in no block and never comes back.

Calls to emergency numbers are the exception: the dialplan dials them by itself, at once and over every trunk. The core
only watches. It holds the agent and logs the call. It neither refuses nor ends one, and no limit counts it.
"""

from routing.acd import outside_calls
from routing.commands import OutboundAlarm
from routing.config import UserConfig
from routing.outbound.alarms import Alarm
from routing.outbound.destinations import one_spelling
from routing.outbound.rule import CAPS_REACHED, Denial
from routing.state import Call, Leg, Role
from routing.state.phases import CallPhase
from routing.state.world import World

DIRECTION = "outgoing"
EMERGENCY = "emergency"
EMERGENCY_SECONDS = 86_400.0
"""No guard may end an emergency call. Asterisk says when it is over."""
RING_SECONDS = 120.0
"""How long an outside line rings on each trunk. The member who calls hears it, and hangs up earlier."""
DENIED = "denied"
"""The disposition of a call that the rule refused."""
REJECTED = 21
"""Q.850. The phone that calls is told 403."""
NOT_ALLOWED_SOUND = "switchroom/outside-not-allowed"
LIMIT_SOUND = "switchroom/outside-limit"


def rings(world: World, call: Call, member: UserConfig | None, number: str, *, already: bool) -> bool:
    """Ring the telephone number that the member wants to call, or refuse it. Return whether the call is of this kind.

    `already`: an engine before this one has permitted and dialled it.
    """
    team = None if call.team is None else world.teams.get(call.team)
    if member is None or team is None or team.suspended:
        return False
    number = one_spelling(number)
    call.did, call.direction = number, DIRECTION
    if already:
        _found(world, call, member, number)
        return True
    verdict = outside_calls.permit(world, call, number, shown=member.caller_id, member=member.id)
    if verdict.denial is not None:
        sound = deny(world, call, member, number, verdict.denial)
        world.hang_up(call, REJECTED, sounds=(sound,))
        return True
    call.recording = world.recording_base(call, None)
    line = _line(world, member, number, shown=verdict.identity, own=verdict.own)
    outside_calls.dial(world, call, line, verdict, RING_SECONDS)
    return True


def watch_emergency(world: World, call: Call, member: UserConfig | None) -> None:
    """Note that a member calls an emergency number, and tell the operator."""
    call.direction = EMERGENCY
    call.legs.append(Leg(Role.NUMBER, world.now, number=call.did))
    world.move(call, CallPhase.DIALING, limit=EMERGENCY_SECONDS)
    if member is not None and call.team is not None:
        country = outside_calls.country_of(world, call.team)
        world.emit(OutboundAlarm(call.id, call.team, Alarm.EMERGENCY, country))


def _line(world: World, member: UserConfig, number: str, *, shown: str = "", own: bool = False) -> Leg:
    return Leg(Role.NUMBER, world.now, number=number, shown=shown, own=own, member=member.id)


def _found(world: World, call: Call, member: UserConfig, number: str) -> None:
    """Note a call that an engine before this one has permitted and dialled."""
    shown = "" if call.team is None else outside_calls.identity_of(world, call.team, member.caller_id)
    own = world.numbers.find(number) is not None
    call.legs.append(_line(world, member, number, shown=shown, own=own))
    world.move(call, CallPhase.DIALING, limit=RING_SECONDS)


def deny(world: World, call: Call, member: UserConfig, number: str, denial: Denial) -> str:
    """Note in the log why the call may not go out. Return the sound that says so."""
    line = _line(world, member, number)
    line.ended_at, line.outcome = world.now, f"outbound: {denial}"
    call.legs.append(line)
    call.outcome = DENIED
    return LIMIT_SOUND if denial in CAPS_REACHED else NOT_ALLOWED_SOUND
