"""Growing offers: phones are added while the earlier ones ring on (`ring-progressively`, progressive departments).

Such an offer ends with an answer, with its time, or when no phone rings and none is left to be rung.
"""

from routing.acd import offers, queues
from routing.commands import AddToOffer, WithdrawOffer
from routing.ids import QueueId
from routing.state import Agent, Call, Queue
from routing.state.phases import CallPhase
from routing.state.world import World

LAST_MOMENT = 1.0
"""When less than this (s) is left of the offer's time, no phone is added: the offer's end may be on its way."""


def grow(world: World, call: Call, queue: Queue) -> None:
    """Ring one more phone of the queue; if no agent is free now, try again a step later."""
    if not nearly_over(world, call, queue.config.ring_timeout) and not _add_next(world, call, queue):
        queues.plan_next(world, call, queue.config.ring_step)


def grow_after_failure(world: World, call: Call, queue: Queue) -> None:
    """Ring one more phone of the queue; if no agent is free now and no phone rings, end the offer."""
    over = nearly_over(world, call, queue.config.ring_timeout)
    if not over and not _add_next(world, call, queue) and not call.ringing:
        end(world, call, None)


def _add_next(world: World, call: Call, queue: Queue) -> bool:
    """Ring the next agent of the queue. Returns whether there is one."""
    id = offers.next_for(world, queue, call) if call.more else None
    if id is None:
        return False
    add(world, call, world.agents[id], queue.config.id, step=queue.config.ring_step)
    return True


def nearly_over(world: World, call: Call, timeout: float) -> bool:
    """Return whether the offer's end may be on its way. `timeout`: the offer's whole time (s)."""
    return world.now > call.phase_since + timeout - LAST_MOMENT


def add(world: World, call: Call, agent: Agent, queue: QueueId | None, *, step: float) -> None:
    """Ring one more phone; if another may follow, in `step` seconds."""
    call.more -= 1
    world.emit(AddToOffer(call.id, agent.config.id, agent.config.phone))
    queues.add_ringing(world, call, agent, queue)
    queues.plan_next(world, call, step)


def end(world: World, call: Call, exit: str | None) -> None:
    """End the offer, for no phone rings. Once the channel is back the call leaves by `exit`; None: it goes back to its
    place."""
    call.on_return = exit
    queues.stop_adding(world, call)
    world.emit(WithdrawOffer(call.id, ()))
    world.move(call, CallPhase.WITHDRAWING)
