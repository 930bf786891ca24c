"""A talk breaks off: the other side's telephone is lost without having hung up, or it is not known why it is over.

The caller hears music. A lost telephone may be a browser that is loaded again, or a desk phone without power: the talk
waits for another telephone of the same member (`routing.calls.pulls`), whom it holds meanwhile. If none takes it, the
caller goes to the head of the queue for which the two talked. After a restart the engine does not know whether a talk
is over or whether a side was sent on a moment before: then it waits for the request, which comes again.
"""

from routing.acd.matching import PRIORITY_SECONDS, rank
from routing.blocks.base import Go
from routing.calls import flow, holds, legs, transfers
from routing.commands import StartMusic, TakeBack
from routing.config import Block
from routing.events import LegFailure
from routing.ids import BlockId
from routing.state import Call, Leg, Queue, QueuePlace, Visit
from routing.state.phases import CallPhase
from routing.state.world import World

SECONDS = 20.0
"""How long a caller waits for another telephone of the member whose telephone is lost."""
LOOK = 2.0
"""How long a request that was under way when the engine died may take to come again (s)."""


def lost(world: World, call: Call) -> None:
    """The other side's telephone is lost. The caller waits for another one, once the channel is back."""
    call.stranded = True
    legs.drop_ringing(world, call, reason=LegFailure.WITHDRAWN, withdraw=True)
    if call.phase is CallPhase.HELD:
        world.emit(TakeBack(call.id, holds.music_of(world, call)))
        world.move(call, CallPhase.STRANDED, limit=SECONDS)
    else:
        flow.wait_for_channel(world, call, None)


def detach(world: World, call: Call) -> None:
    """The other side's telephone goes away by itself: it is let go, and the caller waits for another one."""
    call.stranded = True
    legs.drop_ringing(world, call, reason=LegFailure.WITHDRAWN, withdraw=True)
    world.emit(TakeBack(call.id, holds.music_of(world, call)))
    flow.wait_for_channel(world, call, None)


def wait(world: World, call: Call, seconds: float = SECONDS) -> None:
    """Let the caller wait: the channel is back."""
    world.emit(StartMusic(call.id, holds.music_of(world, call)))
    world.place(call, CallPhase.STRANDED, limit=seconds)


def unknown(world: World, call: Call, *, handed_over: bool) -> None:
    """A restart found the talk to be over. `handed_over`: the called party is the call itself by now."""
    legs.end_third(world, call)
    own = transfers.caller_leg(call)
    if handed_over and own is not None:
        transfers.hand_over(world, call, own)
    legs.drop_ringing(world, call)
    wait(world, call, LOOK)


def over(world: World, call: Call) -> None:
    """No one took the talk over."""
    leg = transfers.talking(call)
    if not call.stranded or leg is None:
        legs.end_talk(world, call)
        world.hang_up(call, by="agent")
        return
    back = transfers.way_back_of(world, call, leg)
    since = call.phase_since
    legs.end_talk(world, call)
    leg.ended_at = since
    queue = None if call.last_queue is None else world.queues.get(call.last_queue)
    if queue is not None:
        back = (Block(BlockId("queue"), "queue", {"queue": queue.config.id}),)
        call.keep_place(_head(world, call, queue))
    if not back:
        world.hang_up(call, by="agent-lost")
        return
    first, *others = back
    call.way_back, call.comes_back = tuple(others), bool(call.phone)
    flow.enter(world, call, Go(first))


def _head(world: World, call: Call, queue: Queue) -> QueuePlace:
    """Return the place before all who wait there."""
    joined_at = call.joined_at
    waiting = [waiter for id in queue.calls if (waiter := world.waiter(id)) is not None]
    if waiting:
        team = world.teams.get(queue.config.team)
        points = queue.config.priority + call.priority
        bonus = points * (PRIORITY_SECONDS if team is None else team.priority_seconds)
        joined_at = min(joined_at, min(rank(world, queue, it)[0] for it in waiting) + bonus - 0.001)
    return QueuePlace(queue.config.id, joined_at, call.sequence, call.priority, call.needs)


def send(world: World, call: Call, block: Block | None) -> None:
    """Send the caller on, to the block. None: the team has no such destination."""
    if block is None:
        return
    leg: Leg | None = transfers.talking(call)
    call.way_back = transfers.way_back_of(world, call, leg)
    call.path.append(Visit(BlockId("transfer"), "transfer", world.now, block.type, transfers.who(world, leg)))
    call.bound_for = block
    transfers.arrive(world, call)
