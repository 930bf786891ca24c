"""Consultations: who talks lets the other side hear music, and calls someone else first.

The call to someone else is a call of its own, of the same telephone. So a member, a queue or an outside number is rung,
permitted, recorded and logged as in any other call. When that call is over, Asterisk itself makes the two talk again.
Or the held side gets the party who was called: then the held call goes on with them, and the consultation is over.
"""

from routing.blocks.base import Go
from routing.calls import flow, hangup, holds, legs, transfers
from routing.calls.outgoing import DIRECTION as OUTGOING
from routing.calls.outgoing import EMERGENCY
from routing.commands import CompleteConsult, Consult, HangUp
from routing.config import Block, UserConfig
from routing.events import CallsJoined, ConsultBegan, Destination, LegFailure
from routing.ids import AgentId, BlockId, UserId
from routing.state import Call, Leg, Role, Visit, live_calls
from routing.state.phases import CallPhase
from routing.state.world import World

LONGEST = 1800.0
"""How long a caller may hear music while the other side consults someone (s)."""
TALKS = (CallPhase.TALKING, CallPhase.CONNECTED)


def ask(world: World, call: Call, to: Destination, by: UserId | None) -> None:
    """Hold the talk, and let one side of it call the destination. An outside line cannot consult anybody."""
    block = transfers.block_of(world, call, to) if call.third is None else None
    own = transfers.own_leg(world, call, by)
    leg = own or transfers.talking(call)
    phone = "" if leg is None else _phone(world, leg)
    busy = call.direction == EMERGENCY or call.consult is not None or call.consult_to is not None
    if block is None or leg is None or not phone or busy or to.kind == "voicemail":
        return
    music = holds.music_of(world, call)
    legs.drop_ringing(world, call, reason=LegFailure.WITHDRAWN, withdraw=True)
    call.path.append(Visit(BlockId("consult"), "consult", world.now, block.type, transfers.who(world, leg)))
    if own is not None:
        _turn_round(world, call, own)
    call.consults += 1
    call.consult_to = block
    world.move(call, CallPhase.HELD, limit=LONGEST)
    agent = None if own is not None else leg.agent
    seconds = LONGEST + holds.MARGIN
    world.emit(Consult(call.id, call.consults, agent, phone, music, seconds, hands_over=own is not None))


def _turn_round(world: World, call: Call, own: Leg) -> None:
    """Make the called party the call itself, and who called the party whom they talk to."""
    transfers.hand_over(world, call, own)
    call.legs.append(Leg(Role.MEMBER, world.now, agent=own.agent, number=own.number, member=own.member))
    legs.begin_party_talk(world, call)


def _phone(world: World, leg: Leg) -> str:
    agent = None if leg.agent is None else world.agents.get(leg.agent)
    return transfers.phone_of(world, leg) if agent is None else agent.config.phone


def _member(world: World, leg: Leg) -> UserConfig | None:
    agent = None if leg.agent is None else world.agents.get(leg.agent)
    if agent is not None:
        return world.users.find(agent.config.team, agent.config.user)
    return None if leg.member is None else world.users.by_id.get(leg.member)


def began(world: World, event: ConsultBegan) -> None:
    """Let the phone call whom it wants to consult. Without a held call, or when that was called off, the two talk
    again."""
    call = world.calls.get(event.of)
    leg = None if call is None else transfers.talking(call)
    if call is None or leg is None or call.phase is not CallPhase.HELD or call.consult_to is None:
        world.emit(HangUp(event.call))
        if call is not None:
            refused(world, call)
        return
    block, call.consult_to, call.consult = call.consult_to, None, event.call
    world.publish(call.team, "call", call.id)
    member, phone = _member(world, leg), _phone(world, leg)
    caller = (member.extension, member.name) if member else ("", "")
    visitor = Call(event.call, _dialled(world, block), *caller, world.now, phase_since=world.now, phone=phone)
    visitor.direction = OUTGOING if block.type == "number" else "internal"
    visitor.answered = visitor.comes_back = True
    visitor.consult_of, visitor.rounds = call.id, call.rounds
    own = Leg(Role.CALLER, world.now, agent=leg.agent, number=visitor.caller)
    own.member = None if member is None else member.id
    visitor.legs.append(own)
    live_calls.add(world, visitor)
    if call.team is not None:
        live_calls.give_to_team(world, visitor, call.team)
    world.publish(visitor.team, "call", visitor.id, "created")
    legs.hold(world, visitor, own, talking=True)
    flow.enter(world, visitor, Go(block))


def _dialled(world: World, block: Block) -> str:
    """Return the number or the extension that the block rings; empty: a queue has none."""
    settings = block.settings
    agent = world.agents.get(AgentId(settings.get("agent", "")))
    user = settings.get("user") if agent is None else agent.config.user
    member = next((it for it in world.users.by_id.values() if it.user == user), None) if user else None
    return str(settings.get("number", "")) if member is None else member.extension


def refused(world: World, call: Call) -> None:
    """The two talk on: the consultation could not begin."""
    call.consult_to = None
    if call.phase is CallPhase.HELD and call.consult is None:
        world.move(call, holds.talk_phase(call))


def end(world: World, call: Call) -> None:
    """Let go who is called, or was not called yet, and let the two talk again."""
    call.consult_to = None
    other = None if call.consult is None else world.calls.get(call.consult)
    if other is not None:
        world.hang_up(other)


def complete(world: World, call: Call) -> None:
    """Connect the held side with whom the other side talks to. Nothing happens if they do not talk yet."""
    other = None if call.consult is None else world.calls.get(call.consult)
    third = reached(other)
    if other is None or third is None:
        return
    legs.end_talk(world, call)
    call.consult, call.recording = None, world.recording_base(call, None)
    world.emit(CompleteConsult(call.id, other.id, call.recording))
    _goes_on_with(world, call, third, absorb(world, other))


def reached(other: Call | None) -> Leg | None:
    """Return whom the consultation has reached, if they talk."""
    return None if other is None or other.phase not in TALKS else transfers.talking(other)


def absorb(world: World, other: Call) -> float:
    """End the consultation: its party goes on in the held call. Return the party's wrap-up, which comes after that."""
    wrap_up, other.wrap_up = other.wrap_up, 0.0
    legs.end_talk(world, other)
    other.ended_by = other.ended_by or "caller"
    hangup.caller_gone(world, other, 16)
    return wrap_up


def joined(world: World, call: Call, event: CallsJoined) -> None:
    """A telephone has connected the other sides of its two talks. The one of `event.other` becomes a leg."""
    other = world.calls.get(event.other)
    if other is None or other is call:
        return
    own = transfers.caller_leg(call) if event.handed_over else None
    by = own or transfers.talking(call)
    call.path.append(Visit(BlockId("consult"), "consult", world.now, other.did, transfers.who(world, by)))
    third, wrap_up = _third(other, event), other.wrap_up
    other.wrap_up = 0.0
    if own is not None:
        transfers.hand_over(world, call, own)
    elif call.talk is not None:
        legs.end_talk(world, call)
    call.recording = None
    legs.end_talk(world, other)
    other.ended_by = other.ended_by or ("agent" if event.called else "caller")
    hangup.caller_gone(world, other, 16)
    _goes_on_with(world, call, third, wrap_up)


def _third(other: Call, event: CallsJoined) -> Leg:
    """Return the leg in `other` of who becomes a leg of the call."""
    leg = transfers.caller_leg(other) if event.called else transfers.talking(other)
    if leg is None:
        return Leg(Role.NUMBER, 0.0, number=other.caller)
    kind = leg.kind if leg.kind is not Role.CALLER else Role.MEMBER if leg.member else Role.NUMBER
    return Leg(kind, 0.0, leg.agent, leg.number, leg.shown, leg.own, leg.member)


def _goes_on_with(world: World, call: Call, third: Leg, wrap_up: float) -> None:
    """Begin the talk with the party of the consultation."""
    agent = None if third.agent is None else world.agents.get(third.agent)
    leg = Leg(third.kind, world.now, third.agent, third.number, third.shown, third.own, third.member)
    call.legs.append(leg)
    if third.kind is Role.AGENT and agent is not None:
        call.ringing[agent.config.id] = len(call.legs) - 1
        legs.begin_talk(world, call, agent)
        call.wrap_up = wrap_up
    else:
        legs.begin_party_talk(world, call)
