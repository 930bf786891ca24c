"""`ring-progressively`: when the next phone of a queue's open offer is rung."""

from collections.abc import Callable

from routing.acd import growing_offers, offers
from routing.calls import flow
from routing.state import Call, Queue
from routing.state.phases import CallPhase
from routing.state.world import World


def ring_next(world: World, call: Call) -> None:
    """The time of the next phone has come."""
    _grow(world, call, _later)


def phone_failed(world: World, call: Call) -> None:
    """A phone of the offer rings no more: the next one is rung at once; without any the call goes back to its place."""
    _grow(world, call, _end_if_nobody_rings)


def _grow(world: World, call: Call, otherwise: Callable[[World, Call, Queue], None]) -> None:
    """Rings one more phone of an offer that may grow now; `otherwise` is done if there is none to be rung."""
    if not call.open_offer or call.phase is not CallPhase.OFFERING:
        return
    queue = world.queue_of(call)
    if call.queue is None:
        flow.rings_next(world, call)
    elif queue is not None and not growing_offers.nearly_over(world, call, queue.config.ring_timeout):
        id = offers.next_for(world, queue, call) if call.more else None
        if id is None:
            otherwise(world, call, queue)
        else:
            growing_offers.add(world, call, world.agents[id], queue.config.id, step=queue.config.ring_step)


def _later(world: World, call: Call, queue: Queue) -> None:
    """Nobody is free now; somebody may be, a step later."""
    growing_offers.next_in(world, call, queue.config.ring_step)


def _end_if_nobody_rings(world: World, call: Call, queue: Queue) -> None:
    if not call.ringing:
        growing_offers.end(world, call, None)
