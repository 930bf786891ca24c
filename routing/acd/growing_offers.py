"""Open offers: phones are added while the earlier ones ring on.

Such an offer ends with an answer, with its time, or when nobody rings and nobody is left to be rung.
"""

from routing.acd import queues
from routing.commands import AddToOffer, WithdrawOffer
from routing.ids import QueueId
from routing.state import Agent, Call
from routing.state.phases import CallPhase
from routing.state.world import World

LAST_MOMENT = 1.0
"""When less than this (s) is left of the offer's time, its end is awaited: it may be on its way."""


def nearly_over(world: World, call: Call, timeout: float) -> bool:
    """`timeout`: the offer's whole time (s)."""
    return world.now > call.phase_since + timeout - LAST_MOMENT


def add(world: World, call: Call, agent: Agent, queue: QueueId | None, *, step: float) -> None:
    """Rings one more phone; if another may follow, in `step` seconds."""
    call.more -= 1
    world.emit(AddToOffer(call.id, agent.config.id, agent.config.phone))
    queues.add_ringing(world, call, agent, queue)
    next_in(world, call, step)


def next_in(world: World, call: Call, step: float) -> None:
    """Another phone, if there may be one, is to be added in `step` seconds."""
    if call.more:
        world.start_timer(call.id, "ring-next", world.now + step)


def end(world: World, call: Call, exit: str | None) -> None:
    """Nobody rings: once the channel is back the call leaves by `exit`; None: it goes back to its place."""
    call.on_return = exit
    queues.stop_adding(world, call)
    world.emit(WithdrawOffer(call.id, ()))
    world.move(call, CallPhase.WITHDRAWING)
