"""Calls that a member's phone makes: to a colleague's extension, or to a feature code. `routing.calls.outgoing` has
those to numbers outside.

The core decides where such a call goes, as for a caller from outside: it enters a block. Asterisk rings a colleague,
connects and ends the call by itself, so the call goes on when the engine dies, and even without any engine. It comes
back to the core only if there is another step for a colleague who does not answer.
"""

from routing.acd import admission, parties, presence
from routing.blocks.base import Go
from routing.blocks.conference import check_number
from routing.blocks.reach import ABSENT, BUSY, REJECTED, UNALLOCATED, may_go_on
from routing.calls import feature_codes, flow, outgoing, pickups
from routing.config import Block, UserConfig
from routing.events import LegFailure, PhoneCallEntered
from routing.ids import BlockId
from routing.state import Call, Role, live_calls
from routing.state.phases import CallPhase
from routing.state.world import UNKNOWN_SOUND, World

DIRECTION = "internal"
RING_SECONDS = 30.0
"""How long a colleague's phones ring in a call that finds no engine: the dialplan has the same time."""
LONGEST_EXTENSION = 6
CODE = "*"
"""What a feature code begins with."""


def enters(world: World, event: PhoneCallEntered, started_at: float) -> None:
    """Let the call go where it was dialled to, or refuse it. One that rings already is only noted."""
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
    join(world, call, Role.CALLER, event.phone, member, talking=True)
    waiting = None if event.rings or event.emergency else pickups.of_slot(world, call)
    if event.emergency:
        outgoing.watch_emergency(world, call, member)
    elif waiting is not None:
        pickups.pick_up(world, waiting, call)
    else:
        rings(world, call, member, event.number, already=event.rings)


def rings(world: World, call: Call, member: UserConfig | None, number: str, *, already: bool = False) -> None:
    """Let the call go to the colleague, the feature code or the telephone number that it is for, or refuse it.
    `already`: it rings."""
    colleague = None if call.team is None else world.users.at_extension(call.team, call.did)
    if number and colleague is None and outgoing.rings(world, call, member, number, already=already):
        return
    if already:
        join(world, call, Role.MEMBER, "" if colleague is None else colleague.phone, colleague, talking=False)
        world.move(call, CallPhase.DIALING, limit=RING_SECONDS)
        return
    refusal = refusal_of(world, call, member, colleague)
    if refusal == UNALLOCATED and not _is_number(call.did) and check_number(call.did) is None:
        flow.enter(world, call, Go(Block(BlockId("conference"), "conference", {"number": call.did})))
        return
    go = None if member is None or refusal is not None else _target(world, call, member)
    if go is not None:
        flow.enter(world, call, go)
        return
    cause = UNALLOCATED if refusal is None else refusal
    call.outcome = "not_in_service" if cause == UNALLOCATED else "missed"
    world.hang_up(call, cause, sounds=(UNKNOWN_SOUND,) if _is_number(call.did) else ())


def _is_number(dialled: str) -> bool:
    return len(dialled) > LONGEST_EXTENSION and not dialled.startswith(CODE)


def refusal_of(
    world: World, call: Call, member: UserConfig | None, colleague: UserConfig | None
) -> int | None:
    """Return the cause with which the call is refused; None: it may go on. A status set for queues does not matter."""
    team = None if call.team is None else world.teams.get(call.team)
    if member is None or (team is not None and team.suspended):
        return REJECTED
    if call.did.startswith(CODE):
        return None
    if colleague is None:
        return UNALLOCATED
    if colleague is member:
        return BUSY
    there = presence.registered(world, colleague.phone) or may_go_on(colleague)
    return None if there else ABSENT


def _target(world: World, call: Call, member: UserConfig) -> Go | None:
    """Return the block that the call enters; None: nothing has that number."""
    if call.did.startswith(CODE):
        return feature_codes.opened(world, member, call.did)
    return Go(Block(BlockId("extension"), "extension", {"extension": call.did}))


def join(
    world: World, call: Call, role: Role, phone: str, member: UserConfig | None, *, talking: bool
) -> None:
    """Add the member who calls, or the colleague who is called."""
    number = call.caller if role is Role.CALLER else call.did
    parties.join(world, call, role, phone, member, number, talking=talking)


def not_taken(world: World, call: Call, reason: LegFailure) -> None:
    """The called party did not answer: Asterisk hangs the caller up, with the cause that the other phone gave."""
    if reason is LegFailure.CALLER_GONE:
        call.ended_by = call.ended_by or "caller"
    if not call.caller_going:
        lost = call.legs[-1].kind is Role.NUMBER and reason in (LegFailure.FAILED, LegFailure.UNREACHABLE)
        call.outcome = "failed" if lost else "missed"
    flow.party_gone(world, call)


def ends_itself(call: Call) -> bool:
    """Return whether Asterisk hangs the caller up when the called party does not answer."""
    return bool(call.phone) and not call.comes_back
