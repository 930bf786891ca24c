"""Rate limits, counted in Redis for all processes; in memory while Redis is away."""

import logging
import time
from math import ceil

from limits import RateLimitItem, parse
from limits.errors import StorageError
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import MovingWindowRateLimiter
from redis.exceptions import RedisError

from api.core.errors import RateLimited

log = logging.getLogger(__name__)


class RateLimiter:
    """Moving windows. A rule is a text such as `10 per minute`; `keys` say what is counted (an address, an
    account).
    """

    def __init__(self, redis_url: str, prefix: str) -> None:
        shared = RedisStorage(
            redis_url, key_prefix=prefix, wrap_exceptions=True, socket_timeout=1, socket_connect_timeout=1
        )
        self._shared = MovingWindowRateLimiter(shared)
        self._local = MovingWindowRateLimiter(MemoryStorage())

    def hit(self, rule: str, *keys: str) -> None:
        """Count one; raises RateLimited, which says when to come back, once the window is full."""
        item = parse(rule)
        try:
            self._hit(self._shared, item, keys)
        except (StorageError, RedisError):
            log.warning("rate limits are counted in memory: Redis is away")
            self._hit(self._local, item, keys)

    def clear(self, rule: str, *keys: str) -> None:
        """Forget what was counted."""
        item = parse(rule)
        self._local.clear(item, *keys)
        try:
            self._shared.clear(item, *keys)
        except (StorageError, RedisError):
            log.warning("rate limits are counted in memory: Redis is away")

    def _hit(self, limiter: MovingWindowRateLimiter, item: RateLimitItem, keys: tuple[str, ...]) -> None:
        if not limiter.hit(item, *keys):
            reset = limiter.get_window_stats(item, *keys).reset_time
            raise RateLimited(max(1, ceil(reset - time.time())))
