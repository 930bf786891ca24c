"""`ring-progressively`: when the next phone of a queue's open offer is rung."""

from routing import flow, offers, open_offers
from routing.phases import CallPhase
from routing.state import Call
from routing.world import World


def ring_next(world: World, call: Call) -> None:
    """The time of the next phone has come."""
    if not call.open_offer or call.phase is not CallPhase.OFFERING:
        return
    if call.queue is None:
        flow.rings_next(world, call)
    elif not _nearly_over(world, call) and not _add(world, call):
        _again(world, call)


def phone_failed(world: World, call: Call) -> None:
    """A phone of the offer rings no more: the next one is rung at once; without any the call goes back to its place."""
    if not call.open_offer or call.phase is not CallPhase.OFFERING:
        return
    if call.queue is None:
        flow.rings_next(world, call)
    elif not _nearly_over(world, call) and not _add(world, call) and not call.ringing:
        open_offers.end(world, call, None)


def _nearly_over(world: World, call: Call) -> bool:
    queue = world.queue_of(call)
    return queue is None or open_offers.nearly_over(world, call, queue.config.ring_timeout)


def _again(world: World, call: Call) -> None:
    """Nobody is free now; somebody may be, a step later."""
    queue = world.queue_of(call)
    if queue is not None:
        open_offers.next_in(world, call, queue.config.ring_step)


def _add(world: World, call: Call) -> bool:
    queue = world.queue_of(call)
    if queue is None or not call.more:
        return False
    id = offers.next_for(world, queue, call)
    if id is None:
        return False
    open_offers.add(world, call, world.agents[id], queue.config.id, step=queue.config.ring_step)
    return True
