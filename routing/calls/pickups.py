"""A member's phone fetches a caller who waits for someone else: one who is parked, or who rings a colleague.

The phone called, or was rung for it, so it has a call of its own. That call ends without a record: its phone becomes a
party of the caller's call, which is the one that is logged.
"""

from routing.acd import agents, queues
from routing.acd.agents import of_user
from routing.blocks.base import Go
from routing.blocks.park import parked
from routing.calls import flow, legs
from routing.commands import PickUp
from routing.config import Block, UserConfig
from routing.events import LegFailure
from routing.figures import Outcome
from routing.ids import AgentId, BlockId, TimerPurpose
from routing.state import Call, Leg, Role, live_calls
from routing.state.phases import CallPhase
from routing.state.world import World

CODE = "*8"
"""A member dials it, and the extension of a colleague whose telephone rings."""
_RINGS = (CallPhase.OFFERING, CallPhase.DIALING)


def of_slot(world: World, visitor: Call) -> Call | None:
    """Return the caller who is parked in the slot that the phone dialled, or who rings the extension behind `CODE`."""
    if visitor.team is None:
        return None
    extension = visitor.did.removeprefix(CODE) if visitor.did.startswith(CODE) else ""
    colleague = world.users.at_extension(visitor.team, extension) if extension else None
    if colleague is not None:
        return ringing_at(world, colleague)
    return parked(world, visitor.team).get(visitor.did)


def ringing_at(world: World, member: UserConfig) -> Call | None:
    """Return the call that has rung the member's telephones for the longest time; None: they do not ring."""
    mine = {agent.config.id for agent in of_user(world, member.team, member.user)}
    ringing = [
        call for call in world.calls.values() if call.team == member.team and _rings(call, mine, member)
    ]
    return min(ringing, key=lambda call: call.phase_since, default=None)


def _rings(call: Call, agents: set[AgentId], member: UserConfig) -> bool:
    if call.phase is CallPhase.OFFERING:
        return not agents.isdisjoint(call.ringing)
    return (
        call.phase is CallPhase.DIALING
        and call.legs[-1].member == member.id
        and call.legs[-1].kind is Role.MEMBER
    )


def answer(world: World, call: Call, visitor: Call) -> bool:
    """Connect the caller who rings, or is parked, with the phone of `visitor`. Return whether they still do."""
    if call.phase is CallPhase.PARKED or (call.phase in _RINGS and call.team == visitor.team):
        pick_up(world, call, visitor)
        return True
    return False


def pick_up(world: World, call: Call, visitor: Call) -> None:
    """Connect the caller with the phone that called."""
    own = visitor.legs[0]
    absorb(world, visitor)
    if call.phase is CallPhase.DIALING:
        legs.fail_party(world, call, LegFailure.WITHDRAWN)
    legs.drop_ringing(world, call, reason=LegFailure.WITHDRAWN)
    call.recording, call.slot = world.recording_base(call, call.queue), ""
    world.emit(PickUp(call.id, visitor.id, own.agent, call.recording))
    agent = None if own.agent is None else world.agents.get(own.agent)
    leg = Leg(Role.AGENT if agent else Role.MEMBER, world.now, agent=own.agent, member=own.member)
    leg.queue = call.queue
    leg.number = None if agent else own.number
    call.legs.append(leg)
    if agent is None:
        queues.leave(world, call, Outcome.ANSWERED)
        legs.begin_party_talk(world, call)
    else:
        call.ringing[agent.config.id] = len(call.legs) - 1
        legs.begin_talk(world, call, agent)
    call.fetched = True


def absorb(world: World, visitor: Call) -> None:
    """End the call of the phone without a record."""
    own = visitor.legs[0]
    agent = None if own.agent is None else world.agents.get(own.agent)
    own.ended_at = world.now
    if agent is not None:
        agents.release(world, agent, visitor)
    world.cancel_timer(visitor.id, TimerPurpose.GUARD)
    live_calls.remove(world, visitor)
    world.publish(visitor.team, "call", visitor.id, "destroyed")


def failed(world: World, call: Call) -> None:
    """The phone that was to fetch the caller is gone: park them again. One that was to take a talk over changes
    nothing."""
    if not call.fetched:
        return
    legs.end_talk(world, call)
    flow.enter(world, call, Go(Block(BlockId("park"), "park")))
