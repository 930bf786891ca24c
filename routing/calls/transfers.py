"""Transfers: who has a talk sends the other side on, to a block that no route has, and leaves.

The one who is sent on comes back under our control, hears music, and enters the block. A target that fails brings them
back to who sent them, then to the queue for which the two talked (`Call.way_back`): nobody is left in silence.
"""

from routing.blocks.base import Go
from routing.calls import flow, holds, legs
from routing.commands import HandOver, TakeBack
from routing.config import Block
from routing.events import CallReferred, Destination
from routing.ids import AgentId, BlockId, QueueId, UserId
from routing.state import Call, Leg, Role, Visit
from routing.state.world import World

RING_SECONDS = 20
"""How long the telephone of who sent the call on rings when it comes back."""


def ask(world: World, call: Call, to: Destination, by: UserId | None) -> None:
    """Send the other side of the talk to the destination. Nothing happens if the team has no such destination, or if
    they talk to it: a request comes again when the engine died right after it."""
    made = block_of(world, call, to)
    if made is not None and call.only_two and not _talks_to(world, call, to):
        send(world, call, made, by)


def _talks_to(world: World, call: Call, to: Destination) -> bool:
    """Return whether the caller talks to the destination already."""
    leg = talking(call)
    agent = None if leg is None or leg.agent is None else world.agents.get(leg.agent)
    member = None if leg is None or leg.member is None else world.users.by_id.get(leg.member)
    if member is None and agent is not None:
        member = world.users.find(agent.config.team, agent.config.user)
    match to.kind:
        case "agent":
            return agent is not None and agent.config.id == to.id
        case "extension":
            return member is not None and member.extension == to.id
        case "number":
            return leg is not None and leg.kind is Role.NUMBER and leg.number == to.id
        case _:
            return False


def park(world: World, call: Call, by: UserId | None) -> None:
    """Let the other side of the talk wait in a slot of the team."""
    if not call.only_two:
        return
    send(world, call, block("park", music=holds.music_of(world, call)), by)


def from_slot(world: World, call: Call, to: Destination) -> None:
    """Send a parked caller on. What fails brings them back to who parked them."""
    block = block_of(world, call, to)
    if block is not None:
        call.path[-1].exit = "transfer"
        flow.enter(world, call, Go(block))


def send(world: World, call: Call, block: Block, by: UserId | None = None) -> None:
    """Take the other side back, and let them enter the block afterwards. `by`: whose talk it is, if the caller's; else
    it is that of the party whom the caller talks to."""
    own = own_leg(world, call, by)
    leg = own or talking(call)
    call.way_back = way_back_of(world, call, leg)
    call.path.append(Visit(BlockId("transfer"), "transfer", world.now, block.type, who(world, leg)))
    if own is not None:
        hand_over(world, call, own)
    call.bound_for = block
    take_out(world, call)
    flow.wait_for_channel(world, call, None)


def take_out(world: World, call: Call) -> None:
    """Take the one who is sent on out of the talk: the caller, or the called party if the caller was let go."""
    music = holds.music_of(world, call)
    world.emit(HandOver(call.id, music) if call.talk is None else TakeBack(call.id, music))


def referred(world: World, call: Call, event: CallReferred) -> None:
    """A telephone sent the other side on: the channel is back. A target that is not known sends them back at once."""
    own = caller_leg(call) if event.handed_over else None
    leg = own or talking(call)
    if own is not None:
        hand_over(world, call, own)
    elif call.talk is not None:
        legs.end_talk(world, call)
    call.way_back = way_back_of(world, call, leg)
    call.path.append(Visit(BlockId("transfer"), "transfer", world.now, "extension", who(world, leg)))
    to = block_of(world, call, Destination("extension", event.dialled))
    if to is None and event.number:
        to = block_of(world, call, Destination("number", event.number))
    call.bound_for = to
    arrive(world, call)


def arrive(world: World, call: Call) -> None:
    """Enter the block to which the call was sent: the channel is back."""
    block, call.bound_for = call.bound_for or flow.next_way_back(call), None
    call.ended_by, call.comes_back = None, bool(call.phone)
    if call.talk is not None:
        legs.end_talk(world, call)
    if block is None:
        flow.fail(world, call)
    else:
        flow.enter(world, call, Go(block))


def block_of(world: World, call: Call, to: Destination) -> Block | None:
    """Return the block for the destination; None: the team has none such."""
    if call.team is None:
        return None
    match to.kind:
        case "agent":
            agent = world.agents.get(AgentId(to.id))
            known = agent is not None and agent.config.team == call.team
            return block("agent", agent=to.id, any_status=True) if known else None
        case "queue":
            queue = world.queues.get(QueueId(to.id))
            return block("queue", queue=to.id) if queue and queue.config.team == call.team else None
        case "extension":
            member = world.users.at_extension(call.team, to.id)
            return None if member is None else block("user", user=member.user)
        case "number":
            return block("number", number=to.id)
        case "voicemail":
            return block("voicemail", mailbox={"kind": to.mailbox, "id": to.id})
        case _:
            return None


def block(type: str, **settings: object) -> Block:
    return Block(BlockId(type), type, dict(settings))


def caller_leg(call: Call) -> Leg | None:
    """Return the leg of the member who called; None: the caller is from outside."""
    return next((leg for leg in call.legs if leg.kind is Role.CALLER and leg.ended_at is None), None)


def own_leg(world: World, call: Call, by: UserId | None) -> Leg | None:
    """Return the leg of the member who called, if it is they who ask."""
    leg = caller_leg(call)
    member = None if leg is None or leg.member is None else world.users.by_id.get(leg.member)
    return leg if member is not None and by and member.user == by else None


def talking(call: Call) -> Leg | None:
    return None if call.talk is None else call.legs[call.talk]


def third(call: Call) -> Leg | None:
    """Return the leg of who was joined to the talk."""
    return None if call.third is None else call.legs[call.third]


def hand_over(world: World, call: Call, own: Leg) -> None:
    """Make the called party the caller's successor: from now on they are the call's own channel."""
    left = talking(call)
    legs.end_talk(world, call)
    own.ended_at = world.now
    legs.free(world, call, own)
    if left is None:
        return
    call.phone = "" if left.kind is Role.NUMBER else phone_of(world, left)
    successor = Leg(
        Role.CALLER,
        world.now,
        agent=left.agent,
        number=left.number,
        shown=left.shown,
        own=left.own,
        member=left.member,
    )
    call.legs.append(successor)
    legs.hold(world, call, successor, talking=True)


def phone_of(world: World, leg: Leg) -> str:
    member = None if leg.member is None else world.users.by_id.get(leg.member)
    return "" if member is None else member.phone


def way_back_of(world: World, call: Call, leg: Leg | None) -> tuple[Block, ...]:
    """Return where the one who is sent on goes if the target fails: to who sent them, to the queue, to a mailbox."""
    back: list[Block] = []
    agent = None if leg is None or leg.agent is None else world.agents.get(leg.agent)
    member = None if leg is None or leg.member is None else world.users.by_id.get(leg.member)
    if member is None and agent is not None:
        member = world.users.find(agent.config.team, agent.config.user)
    if agent is not None:
        back.append(block("agent", agent=agent.config.id, any_status=True, timeout=RING_SECONDS))
    elif member is not None:
        back.append(block("user", user=member.user, timeout=RING_SECONDS))
    if call.last_queue is not None and call.last_queue in world.queues:
        back.append(block("queue", queue=call.last_queue))
    if member is not None and member.voicemail:
        back.append(block("voicemail", mailbox={"kind": "user", "id": member.user}))
    return tuple(back)


def who(world: World, leg: Leg | None) -> str:
    """Say who sends the call on, for the path."""
    if leg is None:
        return ""
    return f"by {leg.kind} {leg.agent or leg.member or leg.number or ''}".strip()


def goes_on(world: World, call: Call) -> bool:
    """Go where the call was sent, if it was. Return whether it was."""
    if call.bound_for is None:
        return False
    arrive(world, call)
    return True
