"""A member's phone is rung to do something with another call: to take its talk over, to answer it, or to hear it.

While the phone rings, this is a call that a member asked for. When it answers, its call is absorbed by the other one:
the phone becomes a party of that, and there is no record. A supervisor's call goes on by itself, and has one.
"""

from enum import StrEnum

from routing.acd import agents, presence
from routing.calls import legs, pickups, pulls, supervisions
from routing.commands import HangUp, RingMember
from routing.config import UserConfig
from routing.enum_members import quick_members
from routing.ids import CallId, UserId
from routing.state import Call, Leg, Role, live_calls
from routing.state.phases import CallPhase
from routing.state.world import World

RING_SECONDS = 20.0
"""How long the member's phones ring."""


@quick_members
class Errand(StrEnum):
    PULL = "pull"
    PICK_UP = "pick-up"
    MONITOR = "monitor"
    WHISPER = "whisper"
    BARGE = "barge"


def send(world: World, target: Call, by: UserId, id: CallId, errand: Errand, phone: str = "") -> None:
    """Ring the member's phone for the call `target`. Nothing happens if they have none that is registered."""
    member = None if target.team is None else world.users.find(target.team, by)
    account = phone or ("" if member is None else member.phone)
    if member is None or id in world.calls or not presence.registered(world, account):
        return
    number = target.caller.removeprefix("+")
    shown = target.caller if number.isdecimal() and len(number) < 20 else member.extension
    call = Call(id, _extension(world, target), member.extension, member.name, world.now, phone=account)
    call.phase_since, call.direction = world.now, "internal"
    call.errand, call.errand_for = errand.value, target.id
    live_calls.add(world, call)
    live_calls.give_to_team(world, call, member.team)
    world.publish(call.team, "call", call.id, "created")
    call.legs.append(Leg(Role.CALLER, world.now, number=member.extension, member=member.id))
    _hold(world, call, member, talking=False)
    world.place(call, CallPhase.CALLING, limit=RING_SECONDS)
    world.emit(RingMember(call.id, account, shown, RING_SECONDS, answers=True, near=target.id))


def _extension(world: World, target: Call) -> str:
    """Return the extension of the member with whom the call is about."""
    for leg in target.legs:
        agent = None if leg.agent is None else world.agents.get(leg.agent)
        found = None if leg.member is None else world.users.by_id.get(leg.member)
        if agent is not None:
            found = world.users.find(agent.config.team, agent.config.user)
        if leg.ended_at is None and found is not None:
            return found.extension
    return target.did


def _hold(world: World, call: Call, member: UserConfig, *, talking: bool) -> None:
    """Hold the agents who are this member."""
    for agent in agents.of_user(world, member.team, member.user)[:1]:
        call.legs[0].agent = agent.config.id
        agents.occupy(world, agent, call.id, talking=talking)


def answered(world: World, call: Call) -> None:
    """The member's phone has answered: do what it was rung for. If that is over, hang up."""
    target = None if call.errand_for is None else world.calls.get(call.errand_for)
    errand, own = Errand(call.errand), call.legs[0]
    own.answered_at, own.rang_at, call.answered = world.now, own.rang_at or world.now, True
    done = False
    if target is not None and errand is Errand.PULL:
        if target.phase_shown is not target.phase:
            return  # `again` goes on
        done = pulls.take_over(world, target, call)
    elif target is not None and errand is Errand.PICK_UP:
        done = pickups.answer(world, target, call)
    elif target is not None:
        legs.hold(world, call, own, talking=True)
        done = supervisions.begin(world, target, call)
    if not done:
        world.emit(HangUp(call.id))
        pickups.absorb(world, call)


def again(world: World, target: Call) -> None:
    """The channel of `target` is back: go on with the phones that answered before it was."""
    for call in list(world.calls.values()):
        if call.errand_for == target.id and call.answered and call.phase is CallPhase.CALLING:
            answered(world, call)


def failed(world: World, call: Call) -> None:
    """The member's phone did not answer: nothing has happened."""
    pickups.absorb(world, call)
