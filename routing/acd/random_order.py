"""Drawing free agents at random, one after the other, each draw fair among those who are left.

The draws look at places of an index only, so each costs the same whatever the number of agents, and depends on who is
free alone: not on when they became so.
"""

from collections.abc import Callable, Iterator
from random import Random

from routing.ids import AgentId
from routing.state.index import Index


def shuffled(free: Index[AgentId], rng: Random) -> Iterator[AgentId]:
    """Yield all in random order, the lowest keys first. Don't change `free` meanwhile."""
    start, size = 0, len(free)
    while start < size:
        end = free.through(free.at(start)[0])
        span = _Span(start, end)
        while span.left:
            yield free.at(span.take(span.pick(rng)))[1]
        start = end


def weighted(free: Index[AgentId], weight: Callable[[AgentId], int], rng: Random) -> Iterator[AgentId]:
    """Yield all in an order in which the share of each among those who are left is its weight's. The lowest keys come
    first, their last part (the bit length of the weight) left out. Don't change `free` meanwhile.

    A draw takes a place among all as if every weight were the highest of its bit length, and accepts it with the
    probability weight / highest, which is above one half: so two tries are enough on average.
    """
    start, size = 0, len(free)
    while start < size:
        spans: list[tuple[_Span, int]] = []
        head = free.at(start)[0]
        while start < size and (key := free.at(start)[0])[:-1] == head[:-1]:
            end = free.through(key)
            spans.append((_Span(start, end), (1 << key[-1]) - 1))
            start = end
        total = sum(span.left * highest for span, highest in spans)
        while total:
            yield _draw(free, spans, total, weight, rng)
            total = sum(span.left * highest for span, highest in spans)


def _draw(
    free: Index[AgentId],
    spans: "list[tuple[_Span, int]]",
    total: int,
    weight: Callable[[AgentId], int],
    rng: Random,
) -> AgentId:
    while True:
        point = rng.random() * total
        for span, highest in spans:
            share = span.left * highest
            if point < share:
                picked = min(int(point / highest), span.left - 1)
                agent = free.at(span.at(picked))[1]
                if rng.random() * highest < weight(agent):
                    span.take(picked)
                    return agent
                break
            point -= share


class _Span:
    """Places from `start` to `end` of which some are taken: those that are left are numbered without gaps."""

    __slots__ = ("_moved", "left", "start")

    def __init__(self, start: int, end: int) -> None:
        self.start, self.left = start, end - start
        self._moved: dict[int, int] = {}

    def pick(self, rng: Random) -> int:
        return int(rng.random() * self.left)

    def at(self, number: int) -> int:
        """Return the place with this number among those that are left."""
        return self.start + self._moved.get(number, number)

    def take(self, number: int) -> int:
        """Take the place away. The last place gets its number."""
        place = self.at(number)
        self.left -= 1
        self._moved[number] = self._moved.get(self.left, self.left)
        return place
