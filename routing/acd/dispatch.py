"""Dispatch: bring free agents and waiters together, the best rank first."""

import heapq

from routing.acd import callbacks, offers
from routing.ids import CallId, QueueId
from routing.state import Callback, Queue, Waiter
from routing.state.groups import Group
from routing.state.world import World

Heads = list[tuple[tuple[float, int], CallId, QueueId, Group]]


def dispatch(world: World) -> None:
    """Make offers until no group has both a waiter and a free agent.

    Only groups in which something became free are looked at. Among their first waiters the one with the best rank is
    served first, whatever the queue.
    """
    heads: Heads = []
    for group in world.dirty:
        _push_head(group, heads)
    world.dirty.clear()
    while heads:
        _, id, _, group = heapq.heappop(heads)
        queue, waiter = world.queues.get(group.queue), world.waiter(id)
        if queue is not None and waiter is not None:
            if group.free.order:
                _serve(world, queue, group, waiter)
            _push_head(group, heads)


def _push_head(group: Group, heads: Heads) -> None:
    if group.waiting.size and group.free.order and (first := group.waiting.first()) is not None:
        heapq.heappush(heads, (*first, group.queue, group))


def _serve(world: World, queue: Queue, group: Group, waiter: Waiter) -> None:
    """Ring agents for a call. For a callback, hold one agent and ring the customer."""
    choice = offers.choose(world, queue, group, waiter)
    if isinstance(waiter, Callback):
        attempt = callbacks.launch(world, waiter, queue, world.agents[choice.agents[0]])
        if attempt is not None:
            offers.keep(attempt, choice.decision)
    else:
        offers.offer(world, queue, waiter, choice)
