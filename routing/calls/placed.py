"""Calls that members ask for (click to call).

The member's own phone is rung first. When it answers, the call goes on as if the phone had dialled: to a colleague's
extension or to a telephone number.

What could not be called is refused before the phone rings. The rule of outside calls is asked again, and the call is
counted, when the phone has answered.
"""

from routing.acd import outside_calls
from routing.acd.admission import CONGESTION, has_room
from routing.blocks.reach import ABSENT, UNALLOCATED
from routing.calls import hangup, legs, outgoing, phone_calls
from routing.commands import RingMember
from routing.config import UserConfig
from routing.events import CallPlaced, LegFailure
from routing.outbound.destinations import one_spelling
from routing.state import Call, Role, live_calls
from routing.state.phases import CallPhase
from routing.state.world import World

RING_SECONDS = 30.0
"""How long the member's own phones ring."""


def placed(world: World, event: CallPlaced) -> None:
    """Ring the member's phones, or refuse the call. A member who is gone meanwhile has no call."""
    member = world.users.by_id.get(event.member)
    if member is None:
        return
    call = Call(
        event.call,
        event.dialled,
        member.extension,
        member.name,
        world.now,
        phase_since=world.now,
        phone=member.phone,
        direction=phone_calls.DIRECTION,
        memory={"number": event.number},
    )
    live_calls.add(world, call)
    live_calls.give_to_team(world, call, member.team)
    world.publish(call.team, "call", call.id, "created")
    phone_calls.join(world, call, Role.CALLER, member.phone, member, talking=False)
    world.place(call, CallPhase.CALLING, limit=RING_SECONDS)
    refusal = _refusal(world, call, member, event.number)
    if refusal is None:
        world.emit(RingMember(call.id, member.phone, call.did, RING_SECONDS))
    else:
        _over(world, call, refusal)


def _refusal(world: World, call: Call, member: UserConfig, number: str) -> int | None:
    """Return the cause with which the call is refused; None: the member's phone may ring."""
    phone = world.phones.get(member.phone)
    colleague = world.users.at_extension(member.team, call.did)
    if not has_room(world, call):
        call.outcome = "refused"
        return CONGESTION
    if phone is None or not phone.registered:
        call.outcome = "missed"
        return ABSENT
    if number and colleague is None:
        return _refusal_outside(world, call, member, one_spelling(number))
    refusal = phone_calls.refusal_of(world, call, member, colleague)
    if refusal is not None:
        call.outcome = "not_in_service" if refusal == UNALLOCATED else "missed"
    return refusal


def _refusal_outside(world: World, call: Call, member: UserConfig, number: str) -> int | None:
    call.did, call.direction = number, outgoing.DIRECTION
    denial = outside_calls.denial_of(world, call, number, shown=member.caller_id, member=member.id)
    if denial is None:
        return None
    outgoing.deny(world, call, member, number, denial)
    return outgoing.REJECTED


def answered(world: World, call: Call, *, already: bool = False) -> None:
    """The member has answered: ring what they want to call. `already`: an engine before this one has done so."""
    member = world.users.of_phone(call.phone)
    own = call.legs[0]
    own.answered_at, own.rang_at, call.answered = world.now, own.rang_at or world.now, True
    legs.hold(world, call, own, talking=True)
    world.move(call, CallPhase.ROUTING)
    phone_calls.rings(world, call, member, call.memory.get("number", ""), already=already)


def not_answered(world: World, call: Call, reason: LegFailure) -> None:
    """The member's phones did not answer, or could not be rung: the call is over, and nothing was called."""
    call.legs[0].outcome = str(reason)
    call.outcome = call.outcome or "missed"
    _over(world, call, ABSENT)


def _over(world: World, call: Call, cause: int) -> None:
    """End the call, which has no channel: no `CallHungUp` will come."""
    call.ended_by = call.ended_by or "system"
    hangup.caller_gone(world, call, cause)
