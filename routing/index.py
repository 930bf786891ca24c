"""A set ordered by key, for "who is next": a heap with lazy deletion, so that every operation is O(log n)."""

import heapq
from collections.abc import Iterator
from typing import Any, Generic, TypeVar

Item = TypeVar("Item", bound=str)
Key = tuple[Any, ...]


class Index(Generic[Item]):
    """Items by key, the lowest first. Keys must differ or the items decide: the order is always total."""

    __slots__ = ("_heap", "_keys")

    def __init__(self) -> None:
        self._keys: dict[Item, Key] = {}
        self._heap: list[tuple[Key, Item]] = []

    def __len__(self) -> int:
        return len(self._keys)

    def __contains__(self, item: object) -> bool:
        return item in self._keys

    def add(self, item: Item, key: Key) -> None:
        """Puts `item` in its place; one that is there already moves."""
        if self._keys.get(item) == key:
            return
        self._keys[item] = key
        heapq.heappush(self._heap, (key, item))
        if len(self._heap) > 2 * len(self._keys) + 16:
            self._heap = [(key, item) for item, key in self._keys.items()]
            heapq.heapify(self._heap)

    def discard(self, item: Item) -> None:
        self._keys.pop(item, None)

    def first(self) -> tuple[Key, Item] | None:
        """The lowest key and its item."""
        heap, keys = self._heap, self._keys
        while heap:
            key, item = heap[0]
            if keys.get(item) == key:
                return heap[0]
            heapq.heappop(heap)
        return None

    def ordered(self) -> Iterator[Item]:
        """The items in order; costs O(log n) for each one looked at. Don't change the index meanwhile."""
        seen: list[tuple[Key, Item]] = []
        try:
            while (entry := self.first()) is not None:
                seen.append(heapq.heappop(self._heap))
                while self._heap and self._heap[0] == entry:
                    heapq.heappop(self._heap)
                yield entry[1]
        finally:
            for entry in seen:
                heapq.heappush(self._heap, entry)
