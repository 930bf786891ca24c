"""What one side of a talk does to it: not be heard for a while, and send digits to the other side."""

from routing.calls import legs, transfers
from routing.commands import MuteParty, SendDigits
from routing.ids import UserId
from routing.state import Call, Leg, Role
from routing.state.phases import CallPhase
from routing.state.world import World


def mute(world: World, call: Call, by: UserId | None, *, muted: bool) -> None:
    """Let that side not be heard any more, or be heard again."""
    leg = transfers.own_leg(world, call, by) or _third_of(world, call, by) or transfers.talking(call)
    if leg is None or leg.muted is muted:
        return
    leg.muted = muted
    _tell(world, call, leg)
    world.publish(call.team, "call", call.id)


def _third_of(world: World, call: Call, by: UserId | None) -> Leg | None:
    """Return the leg of who was joined to the talk, if it is they who ask."""
    third = transfers.third(call)
    member = None if call.team is None or by is None else world.users.find(call.team, by)
    own = third is not None and member is not None and legs.member_of(world, third) == member.id
    return third if own else None


def _tell(world: World, call: Call, leg: Leg) -> None:
    world.emit(MuteParty(call.id, leg.kind is Role.CALLER, leg.muted, third=leg is transfers.third(call)))


def again(world: World, call: Call) -> None:
    """Mute once more who is muted, after a resync: the command may have been lost."""
    for leg in (transfers.caller_leg(call), transfers.talking(call), transfers.third(call)):
        if leg is not None and leg.muted:
            _tell(world, call, leg)


def send_digits(world: World, call: Call, by: UserId | None, digits: str) -> None:
    """Let the other side hear the digits. On hold no one hears them."""
    if call.phase is not CallPhase.HELD:
        own = transfers.own_leg(world, call, by)
        world.emit(SendDigits(call.id, own is not None, digits))
