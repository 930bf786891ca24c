"""Places in the stream of events: `milliseconds-number`, as Redis makes them."""

import re
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import ResponseError

_CURSOR = re.compile(r"\d{1,19}-\d{1,19}")
Place = tuple[int, int]


def parse_cursor(text: str) -> str | None:
    """Return the cursor, or None if the text is none."""
    return text if _CURSOR.fullmatch(text) else None


def place_of(cursor: str) -> Place:
    """Return what cursors are compared by."""
    milliseconds, _, number = cursor.partition("-")
    return int(milliseconds), int(number)


class Lost(Exception):
    """The stream does not have every event after a cursor any more."""


@dataclass(frozen=True, slots=True)
class Extent:
    """What the stream has. `first` None: it is empty. `trimmed`: entries before `first` are gone."""

    first: str | None
    last: str
    trimmed: bool

    def can_resume(self, cursor: str) -> bool:
        """Say whether the stream still has every entry after this cursor."""
        place = place_of(cursor)
        if place > place_of(self.last):
            # The stream is not the one that the cursor is of.
            return False
        if not self.trimmed or place == place_of(self.last):
            return True
        return self.first is not None and place >= place_of(self.first)


async def extent_of(redis: Redis, stream: str) -> Extent:
    """Read what the stream has. Raises RedisError."""
    try:
        info: dict[str, Any] = await redis.xinfo_stream(stream)
    except ResponseError:
        # Nothing was ever written.
        return Extent(None, "0-0", trimmed=False)
    entry = info["first-entry"]
    first = entry[0].decode() if entry else None
    trimmed = info["entries-added"] > info["length"]
    return Extent(first, info["last-generated-id"].decode(), trimmed)
