"""A call's way through its route: which block it enters, and where each exit leads."""

from collections.abc import Callable

from routing import legs, queues
from routing.blocks import BLOCK_TYPES
from routing.blocks.base import BlockType, Turn
from routing.config import Block, NumberConfig, RouteConfig
from routing.events import LegFailure
from routing.ids import BlockId, RouteId
from routing.phases import CallPhase
from routing.state import Call, Visit
from routing.world import SORRY_SOUND, UNKNOWN_SOUND, World

MAX_VISITS = 1000
"""Blocks that a call may go through before the core takes its route for endless."""
RETRY = 2.0
"""Seconds until a refused offer is tried again."""
UNALLOCATED = 1
"""Q.850: unallocated number."""


def start(world: World, call: Call) -> None:
    """Looks up the number that was dialled and enters its route."""
    number = world.numbers.find(call.did)
    route = None
    if number is not None:
        call.number, call.team = number.id, number.team
        route = route_of(world, call)
    world.publish(call.team, "call", call.id, "created")
    if route is None:
        call.outcome = "not_in_service"
        world.close(call, (UNKNOWN_SOUND,), UNALLOCATED)
        return
    call.route = route.id if route.version else None
    call.route_version = route.version or None
    enter(world, call, route.entry)


def route_of(world: World, call: Call) -> RouteConfig | None:
    """The route as it is configured now; a number that points straight at a queue or a user has a built-in one."""
    if call.route is not None:
        return world.routes.get(call.route)
    number = None if call.number is None else world.numbers.by_id.get(call.number)
    if number is None:
        return None
    return world.routes.get(number.route) if number.route is not None else _built_in(number)


def _built_in(number: NumberConfig) -> RouteConfig | None:
    """Version 0 marks a route that nobody wrote."""
    blocks: list[Block] = []
    if number.queue is not None:
        blocks = [Block(BlockId("queue"), "queue", {"queue": number.queue})]
    elif number.user is not None:
        mailbox = {"mailbox": {"kind": "user", "id": number.user}}
        blocks = [
            Block(BlockId("user"), "user", {"user": number.user}, {"failed": BlockId("voicemail")}),
            Block(BlockId("voicemail"), "voicemail", mailbox),
        ]
    if not blocks:
        return None
    by_id = {block.id: block for block in blocks}
    return RouteConfig(RouteId(""), number.team, "", 0, blocks[0].id, by_id)


def enter(world: World, call: Call, block: BlockId) -> None:
    """Enters a block, and those after it until one lets the call wait."""
    target: BlockId | None = block
    while target is not None:
        turn = _turn(world, call, target)
        if turn is None or len(call.path) >= MAX_VISITS:
            fail(world, call)
            return
        kind = BLOCK_TYPES[turn.block.type]
        call.block, call.memory, call.awaiting = target, {}, None
        world.move(call, CallPhase.ROUTING)
        call.path.append(Visit(target, turn.block.type, world.now))
        exit = kind.enter(turn)
        target = None if exit is None else _follow(world, call, kind, turn.block, exit)


def _turn(world: World, call: Call, id: BlockId) -> Turn | None:
    route = route_of(world, call)
    block = None if route is None else route.blocks.get(id)
    if block is None or block.type not in BLOCK_TYPES:
        return None
    return Turn(world, call, block, BLOCK_TYPES[block.type].settings)


def _follow(world: World, call: Call, kind: BlockType, block: Block, exit: str) -> BlockId | None:
    """The block behind an exit; without one the caller hears a farewell and the call ends."""
    call.path[-1].exit = exit
    if block.type == "queue":
        call.overflowed = True
    world.cancel_timer(call.id, "digit")
    target = block.exits.get(exit)
    if target is None:
        world.close(call, (kind.goodbye(exit),))
    return target


def leave(world: World, call: Call, exit: str) -> None:
    """Leaves the current block by `exit`."""
    queues.leave(world, call)
    turn = None if call.block is None else _turn(world, call, call.block)
    if turn is None:
        fail(world, call)
        return
    if call.phase is not CallPhase.PLAYING:
        world.move(call, CallPhase.ROUTING)
    target = _follow(world, call, BLOCK_TYPES[turn.block.type], turn.block, exit)
    if target is not None:
        enter(world, call, target)


def deliver(world: World, call: Call, what: Callable[[BlockType, Turn], str | None]) -> None:
    """Tells the current block what happened, and goes where it says."""
    turn = None if call.block is None else _turn(world, call, call.block)
    if turn is None:
        fail(world, call)
        return
    exit = what(BLOCK_TYPES[turn.block.type], turn)
    if exit is not None:
        leave(world, call, exit)


def fail(world: World, call: Call) -> None:
    """The route leads nowhere (it was changed or removed meanwhile): an apology instead of silence."""
    queues.leave(world, call)
    call.outcome = call.outcome or "failed"
    call.block = None
    call.on_return = None
    world.cancel_timer(call.id, "digit")
    if call.phase is not CallPhase.PLAYING:
        world.move(call, CallPhase.ROUTING)
    world.close(call, (SORRY_SOUND,))


def sound_ended(world: World, call: Call, ok: bool) -> None:
    """A `Play` is over: a farewell's end is the call's, any other is the block's to judge."""
    call.awaiting = None
    if call.closing is not None:
        world.hang_up(call, call.closing)
    else:
        deliver(world, call, lambda kind, turn: kind.played(turn, ok))


def returned(world: World, call: Call) -> None:
    """The caller's channel is under our control again; for a call that never left it, that is no news."""
    match call.phase:
        case CallPhase.OFFERING:
            legs.drop_ringing(world, call)
            _offer_over(world, call)
        case CallPhase.WITHDRAWING:
            legs.drop_ringing(world, call)
            leave(world, call, call.on_return or "timeout")
        case CallPhase.QUEUED:
            available_again(world, call)
        case CallPhase.DIALING:
            legs.fail_outside(world, call, LegFailure.FAILED)
            leave(world, call, "failed")
        case CallPhase.TALKING | CallPhase.CONNECTED:
            legs.end_talk(world, call)
            legs.drop_ringing(world, call)
            world.hang_up(call, by="agent")
        case CallPhase.RETURNING if call.on_return is not None:
            leave(world, call, call.on_return)
        case CallPhase.RETURNING:
            world.hang_up(call, by="agent")


def _offer_over(world: World, call: Call) -> None:
    """Nobody took it: back to its place in the queue; a direct call goes on."""
    queue = world.queue_of(call)
    if call.adopted and call.block is None:
        start(world, call)
    elif queue is None:
        leave(world, call, "failed" if call.queue is None else "timeout")
    else:
        world.move(call, CallPhase.QUEUED)
        queues.become_available(world, call, queue)


def offer_refused(world: World, call: Call) -> None:
    """Asterisk would not ring anybody. The next try waits for the channel's return, or for a moment without it,
    so that a fault that stays does not spin."""
    legs.drop_ringing(world, call)
    if world.queue_of(call) is None:
        _offer_over(world, call)
        return
    world.move(call, CallPhase.QUEUED)
    world.start_timer(call.id, "retry", world.now + RETRY)


def available_again(world: World, call: Call) -> None:
    queue = world.queue_of(call)
    world.cancel_timer(call.id, "retry")
    if queue is not None:
        queues.become_available(world, call, queue)
