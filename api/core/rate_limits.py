"""Rate limits, counted in Redis for all processes; in memory while Redis is away."""

import logging
import time
from functools import lru_cache
from ipaddress import AddressValueError, IPv6Address, IPv6Network
from math import ceil

from limits import RateLimitItem, parse
from limits.errors import StorageError
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import MovingWindowRateLimiter
from redis.exceptions import RedisError

from api.core.errors import RateLimited

log = logging.getLogger(__name__)

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
        if time.monotonic() < self._away_until:
            self._hit(self._local, item, keys)
            return
        try:
            self._hit(self._shared, item, keys)
        except (StorageError, RedisError):
            log.warning("rate limits are counted in memory: Redis is away")
            self._away_until = time.monotonic() + AWAY_SECONDS
            self._hit(self._local, item, keys)

    def clear(self, rule: str, *keys: str) -> None:
        """Forget what was counted."""
        item, keys = _item(rule), tuple(map(_counted, keys))
        self._local.clear(item, *keys)
        try:
            self._shared.clear(item, *keys)
        except (StorageError, RedisError):
            log.warning("rate limits are counted in memory: Redis is away")

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
