"""Rate limits, counted in Redis for all processes; in memory while Redis is away."""

import logging
import time
from collections.abc import Callable
from functools import lru_cache
from ipaddress import AddressValueError, IPv6Address, IPv6Network
from math import ceil

from limits import RateLimitItem, parse
from limits.errors import StorageError
from limits.storage import MemoryStorage, RedisStorage, Storage
from limits.strategies import MovingWindowRateLimiter
from redis.exceptions import RedisError

from api.core.errors import RateLimited

log = logging.getLogger(__name__)

FREE_TRIES = 10
"""How often a secret may be tried before the next try has to wait."""
FIRST_WAIT, LONGEST_WAIT = 30, 900
"""Seconds between two tries then. The wait doubles each time."""
TRIES_SECONDS = 3600
"""How long tries are counted."""
AWAY_SECONDS = 5.0
"""How long a silent Redis is not asked again, so that requests do not wait for it one after the other."""
_item = lru_cache(parse)


class RateLimiter:
    """Moving windows. A rule is a text such as `10 per minute`; `keys` say what is counted (an address, an account).

    An IPv6 address counts with its /64, the least that a subscriber gets.
    """

    def __init__(self, redis_url: str, prefix: str) -> None:
        shared = RedisStorage(
            redis_url, key_prefix=prefix, wrap_exceptions=True, socket_timeout=1, socket_connect_timeout=1
        )
        self._shared = MovingWindowRateLimiter(shared)
        self._local = MovingWindowRateLimiter(MemoryStorage())
        self._away_until = 0.0

    def hit(self, rule: str, *keys: str) -> None:
        """Count one; raises RateLimited, which says when to come back, once the window is full."""
        item, keys = _item(rule), tuple(map(_counted, keys))
        self._count(lambda limiter: self._hit(limiter, item, keys))

    def slow_down(self, *keys: str) -> None:
        """Count one try of a secret. Raises RateLimited while the next try has to wait.

        `keys` name who tries and at what (an address and an account), so that nobody else waits. `forgive` ends it.
        """
        self._count(lambda limiter: _count_try(limiter.storage, keys))

    def forgive(self, *keys: str) -> None:
        """Forget the tries, because the secret was right."""
        for limiter in (self._local, self._shared):
            try:
                for name in _names(keys):
                    limiter.storage.clear(name)
            except (StorageError, RedisError):
                log.warning("rate limits are counted in memory: Redis is away")

    def _count(self, count: Callable[[MovingWindowRateLimiter], None]) -> None:
        if time.monotonic() < self._away_until:
            count(self._local)
            return
        try:
            count(self._shared)
        except (StorageError, RedisError):
            log.warning("rate limits are counted in memory: Redis is away")
            self._away_until = time.monotonic() + AWAY_SECONDS
            count(self._local)

    def _hit(self, limiter: MovingWindowRateLimiter, item: RateLimitItem, keys: tuple[str, ...]) -> None:
        if not limiter.hit(item, *keys):
            reset = limiter.get_window_stats(item, *keys).reset_time
            raise RateLimited(max(1, ceil(reset - time.time())))


def _counted(key: str) -> str:
    """Return what is counted for a key: the /64 of an IPv6 address, the IPv4 address in it, else the key."""
    if ":" not in key:
        return key
    try:
        address = IPv6Address(key)
    except AddressValueError:
        return key
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(IPv6Network((int(address), 64), strict=False))


def _names(keys: tuple[str, ...]) -> tuple[str, str]:
    """Return the names in the storage: the number of tries, and the mark that the next one has to wait."""
    joined = "/".join(map(_counted, keys))
    return f"tries/{joined}", f"wait/{joined}"


def _count_try(storage: Storage, keys: tuple[str, ...]) -> None:
    tries, wait = _names(keys)
    if storage.get(wait):
        raise RateLimited(max(1, ceil(storage.get_expiry(wait) - time.time())))
    made = storage.incr(tries, TRIES_SECONDS)
    # Of many tries at the same moment, none of which saw the mark, only the one that sets it goes on.
    seconds = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(max(made - FREE_TRIES, 0), 10))
    if made >= FREE_TRIES and storage.incr(wait, seconds) > 1:
        raise RateLimited(seconds)
