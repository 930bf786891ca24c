"""Dispatch: bring free agents and waiters together, the best rank first.

A phone that refuses a call is not rung for it again while another caller waits whom it has not refused. So each head of
a group is the first waiter whom a free phone has not refused. Those who were refused by all come last, in a new round.
"""

import heapq
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

from routing.acd import callbacks, offers, work
from routing.ids import CallId, QueueId
from routing.state import Callback, Queue, Waiter, WorkItem
from routing.state.groups import Group
from routing.state.world import World

LOOKED_AT = 20
"""How many of a group's waiters are looked at for one whom a free phone has not refused."""
First = tuple[Any, CallId] | None
"""A waiter's rank, and the waiter."""
Heads = list[tuple[tuple[float, int], CallId, QueueId, Group]]


def dispatch(world: World) -> None:
    """Make offers until no group has both a waiter and a free agent.

    Only groups in which something became free are looked at. Among their first waiters the one with the best rank is
    served first, whatever the queue.
    """
    groups = list(world.dirty)
    world.dirty.clear()
    _serve_heads(world, groups, lambda group: _first_to_ask(world, group))
    left = [group for group in groups if group.waiting.size and group.free.order]
    if left:
        _serve_heads(world, left, lambda group: group.waiting.first())


def _serve_heads(world: World, groups: Iterable[Group], first: Callable[[Group], First]) -> None:
    """Serve the heads of these groups, the best rank first. `first` names a group's head."""
    heads: Heads = []
    for group in groups:
        _push_head(group, first, heads)
    alone = len(heads) == 1
    while heads:
        _, id, _, group = heapq.heappop(heads)
        queue, waiter = world.queues.get(group.queue), world.waiter(id)
        if queue is not None and isinstance(waiter, WorkItem):
            queue = queue.work
        if queue is not None and waiter is not None:
            if group.free.order and (alone or _is_head(group, id, first)):
                _serve(world, queue, group, waiter)
            _push_head(group, first, heads)


def _push_head(group: Group, first: Callable[[Group], First], heads: Heads) -> None:
    if group.waiting.size and group.free.order and (head := first(group)) is not None:
        heapq.heappush(heads, (*head, group.queue, group))


def _is_head(group: Group, id: CallId, first: Callable[[Group], First]) -> bool:
    """Return whether the waiter still comes first: agents of the group may have been rung for others meanwhile."""
    head = first(group)
    return head is not None and head[1] == id


def _first_to_ask(world: World, group: Group) -> First:
    """Return the first waiter whom a free phone has not refused. The group has a free agent."""
    first, (_, agent) = group.waiting.first(), group.free.order[0]
    if first is None or not world.agents[agent].refused or offers.may_be_asked(world, group, first[1]):
        return first
    looked_at = islice(group.waiting.entries(), 1, LOOKED_AT)
    return next((entry for entry in looked_at if offers.may_be_asked(world, group, entry[1])), None)


def _serve(world: World, queue: Queue, group: Group, waiter: Waiter) -> None:
    """Ring agents for a call. For a callback, hold one agent and ring the customer. Offer a conversation to one."""
    choice = offers.choose(world, queue, group, waiter)
    if isinstance(waiter, Callback):
        attempt = callbacks.launch(world, waiter, queue, world.agents[choice.agents[0]])
        if attempt is not None:
            offers.keep(attempt, choice.decision)
    elif isinstance(waiter, WorkItem):
        work.offer(world, queue, waiter, choice)
    else:
        offers.offer(world, queue, waiter, choice)
