"""Calls that a member's phone makes to a colleague's extension.

The core decides who is rung and holds both members' agents; Asterisk rings, connects and ends the call by itself. So
such a call is in no block and never comes back: it goes on when the engine dies, and even without any engine.
"""

from routing.acd import admission
from routing.calls import flow, legs
from routing.commands import RingExtension
from routing.config import UserConfig
from routing.events import LegFailure, PhoneCallEntered
from routing.ids import AgentId
from routing.state import Call, Leg, Role, live_calls
from routing.state.phases import CallPhase
from routing.state.world import World

DIRECTION = "internal"
RING_SECONDS = 30.0
"""How long a colleague's phones ring. The dialplan has the same time for a call that finds no engine."""
UNALLOCATED, BUSY, ABSENT, REJECTED = 1, 17, 20, 21
"""Q.850. The phone that calls is told 404, 486, 480 or 403."""


def enters(world: World, event: PhoneCallEntered, started_at: float) -> None:
    """Let the colleague's phones ring, or refuse the call. One that rings already is only noted."""
    member = world.users.of_phone(event.phone)
    call = Call(
        event.call,
        event.dialled,
        "" if member is None else member.extension,
        event.caller_name,
        started_at,
        phase_since=world.now,
        phone=event.phone,
        direction=DIRECTION,
    )
    live_calls.add(world, call)
    if member is not None:
        live_calls.give_to_team(world, call, member.team)
    if not event.rings and admission.refuse(world, call, event.load):
        return
    world.publish(call.team, "call", call.id, "created")
    _join(world, call, Role.CALLER, event.phone, member, talking=True)
    colleague = None if call.team is None else world.users.at_extension(call.team, call.did)
    refusal = None if event.rings else _refusal(world, call, member, colleague)
    if refusal is not None:
        call.outcome = "not_in_service" if refusal == UNALLOCATED else "missed"
        world.hang_up(call, refusal)
        return
    phone = "" if colleague is None else colleague.phone
    _join(world, call, Role.MEMBER, phone, colleague, talking=False)
    world.move(call, CallPhase.DIALING, limit=RING_SECONDS)
    if not event.rings:
        call.recording = world.recording_base(call, None)
        world.emit(RingExtension(call.id, (phone,), RING_SECONDS, call.recording))


def _refusal(world: World, call: Call, member: UserConfig | None, colleague: UserConfig | None) -> int | None:
    """Return the cause with which the call is refused; None: it may ring. A status set for queues does not matter."""
    team = None if call.team is None else world.teams.get(call.team)
    if member is None or (team is not None and team.suspended):
        return REJECTED
    if colleague is None:
        return UNALLOCATED
    if colleague is member:
        return BUSY
    phone = world.phones.get(colleague.phone)
    return None if phone is not None and phone.registered else ABSENT


def _join(
    world: World, call: Call, role: Role, phone: str, member: UserConfig | None, *, talking: bool
) -> None:
    """Add a party to the call, and hold the agent who uses the phone. (Members may ring themselves when there is no
    engine; the agent is held once.)"""
    users = world.agents_by_phone.get(phone) if phone else None
    agent: AgentId | None = next(iter(users)) if users else None
    if agent in [leg.agent for leg in call.legs]:
        agent = None
    number = call.caller if role is Role.CALLER else call.did
    leg = Leg(role, world.now, agent=agent, number=number, member=None if member is None else member.id)
    call.legs.append(leg)
    legs.hold(world, call, leg, talking=talking)


def not_taken(world: World, call: Call, reason: LegFailure) -> None:
    """The colleague did not answer: Asterisk hangs the caller up, with the cause that the colleague's phone gave."""
    if reason is LegFailure.CALLER_GONE:
        call.ended_by = call.ended_by or "caller"
    if not call.caller_going:
        call.outcome = "missed"
    flow.party_gone(world, call)
