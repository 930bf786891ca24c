"""A call's way through its route: which block it enters, and where each exit leads."""

import itertools
from collections.abc import Callable
from functools import lru_cache

from routing.acd import admission, agents, announcements, growing_offers, outside_calls, queues, stays
from routing.blocks import EVERY_TYPE
from routing.blocks.base import BlockType, Exit, Go, Turn
from routing.blocks.queue import OVERFLOWS
from routing.calls import legs
from routing.config import Block, NumberConfig, RouteConfig
from routing.figures import Outcome
from routing.ids import BlockId, TimerPurpose
from routing.state import Call, Queue, QueuePlace, Visit, live_calls, route_versions
from routing.state.phases import CallPhase
from routing.state.rules import RULES, Meaning, Rule
from routing.state.world import SORRY_SOUND, UNKNOWN_SOUND, World

MAX_VISITS = 1000
"""Blocks that a call may go through. After these the core takes the route for endless."""
OFFER_RETRY = 2.0
"""Seconds until a refused offer is tried again."""
UNALLOCATED = 1
"""Q.850: unallocated number."""

FAILED = frozenset({"failed", "busy", "timeout", "full", "closed", "empty"})
"""The exits by which a call leaves a block that it was sent to in vain."""

AtBlock = Callable[[BlockType, Turn], Exit]
"""What happened, told to the block in which the call is; returns where the block sends the call."""


def start(world: World, call: Call, load: float = 0.0) -> None:
    """Look up the number that was dialled, and go where it points. `load`: of the node, as `CallEntered` says."""
    number = world.numbers.find(call.did)
    call.rounds = outside_calls.rounds(world, call.did, call.caller)
    go = None
    if number is not None:
        live_calls.give_to(world, call, number)
        team = world.teams.get(number.team)
        go = None if team is not None and team.suspended else _target(world, number)
    if admission.refuse(world, call, load):
        return
    world.publish(call.team, "call", call.id, "created")
    if go is None:
        call.outcome = "not_in_service"
        world.close(call, (UNKNOWN_SOUND,), UNALLOCATED)
        return
    enter(world, call, go)


def _target(world: World, number: NumberConfig) -> Go | None:
    """Return where the number points. One that points straight at a queue or a user has a block that no route has."""
    if number.route is not None:
        route = world.routes.get(number.route)
        return None if route is None else Go(route)
    if number.queue is not None:
        return _straight_to("queue", number.queue)
    if number.user is not None:
        return _straight_to("user", number.user)
    return None


@lru_cache(maxsize=1024)
def _straight_to(type: str, id: str) -> Go:
    return Go(Block(BlockId(type), type, {type: id}))


# -- from block to block -------------------------------------------------------------------------------------


def enter(world: World, call: Call, go: Go) -> None:
    """Enter a block, and those after it until one lets the call wait."""
    target: Go | None = go
    while target is not None:
        block = _arrive(world, call, target)
        kind = None if block is None else EVERY_TYPE.get(block.type)
        if block is None or kind is None or len(call.path) >= MAX_VISITS:
            fail(world, call)
            return
        call.block, call.memory, call.awaiting = block.id, {}, None
        world.move(call, CallPhase.ROUTING)
        call.path.append(Visit(block.id, block.type, world.now))
        turn = Turn(world, call, block, kind.settings)
        if kind.takes_over and call.stays:
            stays.passed_on(world, call, block.type, kind.queue(turn))
        assumed = None if world.rehearsal is None else world.rehearsal(turn)
        target = _onward(kind, turn, kind.enter(turn) if assumed is None else assumed)


def enter_again(world: World, call: Call) -> None:
    """Let the block begin again: what it had told the caller's channel was lost."""
    world.cancel_timer(call.id, TimerPurpose.DIGIT)
    call.path = call.path[:-1]
    block = None if call.block is None else _block(world, call, call.block)
    if block is None:
        fail(world, call)
    else:
        enter(world, call, Go(block if block is call.detour else block.id))


def _arrive(world: World, call: Call, go: Go) -> Block | None:
    match go.to:
        case RouteConfig():
            route_versions.follow(world, call, go.to)
            call.detour = None
            return go.to.blocks.get(go.to.entry)
        case Block():
            call.detour = go.to
            return go.to
        case _:
            call.detour = None
            return _block(world, call, go.to)


def _block(world: World, call: Call, id: BlockId) -> Block | None:
    """Return the block that a call is in, or that an exit names."""
    if call.detour is not None and call.detour.id == id:
        return call.detour
    route = route_versions.route_of(world, call)
    return None if route is None else route.blocks.get(id)


def _here(world: World, call: Call) -> tuple[BlockType, Turn] | None:
    """Return the block in which the call is."""
    block = None if call.block is None else _block(world, call, call.block)
    if block is None or block.type not in EVERY_TYPE:
        return None
    kind = EVERY_TYPE[block.type]
    return kind, Turn(world, call, block, kind.settings)


def _onward(kind: BlockType, turn: Turn, exit: Exit) -> Go | None:
    """Return the block behind an exit. Without one the caller hears a farewell and the call ends."""
    if exit is None or isinstance(exit, Go):
        return exit
    world, call = turn.world, turn.call
    call.path[-1].exit = exit
    if turn.block.type == "queue" and exit in OVERFLOWS:
        call.overflowed = True
    world.cancel_timer(call.id, TimerPurpose.DIGIT)
    target = turn.block.exits.get(exit)
    if target is not None:
        return Go(target)
    # A queue's overflow is the team's own wish. A user's mailbox is not what the one who sent the call on wanted.
    beyond = kind.beyond(turn, exit) if kind.type == "queue" or not call.way_back else None
    back = next_way_back(call) if beyond is None and exit in FAILED else None
    if back is not None:
        return Go(back)
    beyond = beyond or kind.beyond(turn, exit)
    if beyond is None:
        world.close(call, (kind.goodbye(exit),))
    return beyond


def next_way_back(call: Call) -> Block | None:
    """Return the next block to which a call goes whose target has failed, if it was sent on. None: there is none."""
    back = call.way_back[0] if call.way_back else None
    call.way_back = call.way_back[1:]
    return back


def leave(world: World, call: Call, exit: str | Go) -> None:
    """Leave the current block by `exit`."""
    announcements.hush(world, call)
    if call.queue is not None:
        call.keep_place(QueuePlace(call.queue, call.joined_at, call.sequence, call.priority, call.needs))
    if isinstance(exit, str):
        queues.leave(world, call, stays.exit_outcome(exit), exit=exit)
    else:
        queues.leave(world, call, Outcome.LEFT)
    here = _here(world, call)
    if here is None:
        fail(world, call)
        return
    if call.phase is not CallPhase.PLAYING:
        world.move(call, CallPhase.ROUTING)
    target = _onward(*here, exit)
    if target is not None:
        enter(world, call, target)


def deliver(world: World, call: Call, what: AtBlock) -> None:
    """Tell the current block what happened, and go where it says."""
    here = _here(world, call)
    if here is None:
        fail(world, call)
        return
    exit = what(*here)
    if exit is not None:
        leave(world, call, exit)


def exit_by_digit(world: World, call: Call, digit: str) -> str | None:
    """Return the exit that a digit takes while the call waits in a queue; None: that digit means nothing there."""
    here = _here(world, call)
    exit = None if here is None else here[0].digit(here[1], digit)
    return exit if isinstance(exit, str) else None


def leave_queue(world: World, call: Call, exit: str | None) -> None:
    """Take the caller out of the queue, at once or as soon as the offer is called off. `exit` None: they stay."""
    if call.queue is not None and exit is not None:
        way = _WAYS_OUT.get(RULES[call.phase][TimerPurpose.MAX_WAIT])
        if way is not None:
            way(world, call, exit)


def _leave_afterwards(world: World, call: Call, exit: str) -> None:
    """Note the exit: the offer is being called off already."""
    if call.on_return is None:
        call.on_return = exit


_WAYS_OUT: dict[Rule, Callable[[World, Call, str], None]] = {
    Meaning.LEAVES_QUEUE: leave,
    Meaning.OFFER_IS_CALLED_OFF: legs.withdraw,
    Meaning.LEAVES_AFTERWARDS: _leave_afterwards,
}


def overdue(world: World, call: Call) -> None:
    """Tell the block that what it waits for from outside was refused, or never came."""
    call.awaiting = None
    deliver(world, call, lambda kind, turn: kind.overdue(turn))


def fail(world: World, call: Call) -> None:
    """Apologize and hang up: the route goes round for ever, or a block is gone."""
    announcements.hush(world, call)
    queues.leave(world, call, Outcome.LEFT, exit="failed")
    call.outcome = call.outcome or "failed"
    call.block = call.detour = None
    call.on_return = None
    world.cancel_timer(call.id, TimerPurpose.DIGIT)
    if call.phase is not CallPhase.PLAYING:
        world.move(call, CallPhase.ROUTING)
    world.close(call, (SORRY_SOUND,))


# -- what comes back from Asterisk ---------------------------------------------------------------------------


def sound_ended(world: World, call: Call, ok: bool) -> None:
    """End the call after a farewell; else tell the block that its `Play` is over."""
    call.awaiting = None
    if call.closing is not None:
        world.hang_up(call, call.closing)
    else:
        deliver(world, call, lambda kind, turn: kind.played(turn, ok))


def sound_failed(world: World, call: Call) -> None:
    """End the wait for a `Play` that was refused, or whose end was not told."""
    sound_ended(world, call, False)


def party_gone(world: World, call: Call, by: str = "agent") -> None:
    """End the call once the channel is back: the other party has gone. The channel of a held call never left.
    `by`: see `CallRecord.ended_by`."""
    call.ended_by = call.ended_by or by
    if call.phase is CallPhase.HELD:
        world.hang_up(call)
    else:
        wait_for_channel(world, call, None)


def wait_for_channel(world: World, call: Call, exit: str | None) -> None:
    """Wait for the channel. Once it is back the call leaves by `exit`; None: it is over."""
    call.on_return = exit
    world.move(call, CallPhase.RETURNING)


def party_not_taken(world: World, call: Call) -> None:
    """Go on behind a called party who did not answer: the channel is back."""
    deliver(world, call, lambda kind, turn: kind.not_taken(turn))


def conference_joined(world: World, call: Call) -> None:
    """Note that the caller is in the conference. A call that a resync found there is in no block."""
    world.cancel_timer(call.id, TimerPurpose.GUARD)
    call.outcome = call.outcome or "completed"
    here = _here(world, call)
    if here is not None:
        here[0].joined(here[1])


def conference_over(world: World, call: Call) -> None:
    """Go on behind the conference. A call that a resync found there has nowhere to go on."""
    here = _here(world, call)
    exit = None if here is None else here[0].left(here[1])
    if exit is None:
        world.hang_up(call)
    else:
        leave(world, call, exit)


def offer_over(world: World, call: Call) -> None:
    """Go back to the place in the queue, for no agent answered. A direct call goes on."""
    queue = world.queue_of(call)
    if call.adopted and call.block is None:
        start(world, call)
    elif queue is None and call.queue is None:
        deliver(world, call, lambda kind, turn: kind.not_taken(turn))
    elif queue is None:
        leave(world, call, "timeout")
    elif _came_to_nothing(world, call, queue):
        _wait_before_next(world, call, queue)
    else:
        world.move(call, CallPhase.QUEUED)
        queues.return_to_place(world, call, queue)


def _came_to_nothing(world: World, call: Call, queue: Queue) -> bool:
    """Return whether the offer ended at once, and not by any agent's doing. They would be rung again at once."""
    if world.now - call.phase_since >= agents.SHORT_RING:
        return False
    legs_rung = itertools.takewhile(lambda leg: leg.offered_at >= call.phase_since, reversed(call.legs))
    rung = [leg.agent for leg in legs_rung if leg.agent is not None]
    return any(id in queue.free and world.agents[id].passed != call.id for id in rung)


def offer_refused(world: World, call: Call) -> None:
    """Wait before the next offer: Asterisk did not ring anybody. The next try waits for the channel's return, or for a
    moment without it, so that a lasting fault does not lead to endless tries."""
    legs.drop_ringing(world, call)
    queue = world.queue_of(call)
    if queue is None:
        offer_over(world, call)
        return
    _wait_before_next(world, call, queue)


def _wait_before_next(world: World, call: Call, queue: Queue) -> None:
    queue.offered.pop(call.id, None)
    world.move(call, CallPhase.QUEUED)
    world.start_timer(call.id, TimerPurpose.RETRY, world.now + OFFER_RETRY)


def available_again(world: World, call: Call) -> None:
    """Let the waiting call be offered: its channel takes commands again."""
    queue = world.queue_of(call)
    announcements.over(world, call)
    world.cancel_timer(call.id, TimerPurpose.RETRY)
    if queue is not None and call.id in queue.waiting:
        queues.become_available(world, call, queue)
    elif queue is not None:
        queues.return_to_place(world, call, queue)


# -- growing offers ------------------------------------------------------------------------------------------


def grow(world: World, call: Call) -> None:
    """Add the next phone to the offer: its time has come."""
    _grow(world, call, growing_offers.grow)


def grow_after_failure(world: World, call: Call) -> None:
    """Add the next phone to the offer at once: another one has failed."""
    _grow(world, call, growing_offers.grow_after_failure)


def _grow(world: World, call: Call, by_queue: Callable[[World, Call, Queue], None]) -> None:
    """Let the queue, or the block that rings directly, add a phone. An offer whose caller is going is left alone: it
    ends with the call."""
    if not call.open_offer or call.caller_going:
        return
    queue = world.queue_of(call)
    if call.queue is None:
        deliver(world, call, lambda kind, turn: kind.rings_next(turn))
    elif queue is not None:
        by_queue(world, call, queue)
