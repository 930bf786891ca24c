"""`ring-progressively`: phones are added to an offer while the earlier ones ring on.

Such an offer is open: it ends with an answer, with its time, or when nobody rings and nobody is left to be rung.
"""

from routing import flow, offers, queues
from routing.commands import AddToOffer, WithdrawOffer
from routing.phases import CallPhase
from routing.state import Call
from routing.world import World

LAST_MOMENT = 1.0
"""When less than this (s) is left of the offer's time, its end is awaited: it may be on its way."""


def ring_next(world: World, call: Call) -> None:
    """The time of the next phone has come."""
    if not call.open_offer or call.phase is not CallPhase.OFFERING:
        return
    if call.queue is None:
        flow.rings_next(world, call)
    elif not _nearly_over(world, call):
        _add(world, call)
        _start_timer(world, call)


def phone_failed(world: World, call: Call) -> None:
    """A phone of the offer rings no more: the next one is rung at once; without any the call goes back to its place."""
    if not call.open_offer or call.phase is not CallPhase.OFFERING:
        return
    if call.queue is None:
        flow.rings_next(world, call)
    elif _nearly_over(world, call):
        return
    elif _add(world, call):
        _start_timer(world, call)
    elif not call.ringing:
        call.on_return = None
        queues.stop_adding(world, call)
        world.emit(WithdrawOffer(call.id, ()))
        world.move(call, CallPhase.WITHDRAWING)


def _nearly_over(world: World, call: Call) -> bool:
    queue = world.queue_of(call)
    return queue is None or world.now > call.phase_since + queue.config.ring_timeout - LAST_MOMENT


def _start_timer(world: World, call: Call) -> None:
    queue = world.queue_of(call)
    if call.more and queue is not None:
        world.start_timer(call.id, "ring-next", world.now + queue.config.ring_step)


def _add(world: World, call: Call) -> bool:
    queue = world.queue_of(call)
    if queue is None or not call.more:
        return False
    id = offers.next_for(world, queue, call)
    if id is None:
        return False
    agent = world.agents[id]
    call.more -= 1
    world.emit(AddToOffer(call.id, id, agent.config.phone))
    queues.add_ringing(world, call, agent, queue.config.id)
    return True
