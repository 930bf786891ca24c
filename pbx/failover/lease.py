"""Decides which engine owns the shard: a key in Redis that expires, and a number that rises with each owner."""

import asyncio
import logging
from collections.abc import Callable
from time import monotonic

from pbx.persistence.store import UNAVAILABLE, Store

log = logging.getLogger(__name__)

# The fencing number is Redis's clock in microseconds, which a double holds exactly. So it rises even if Redis has lost
# all its keys.
_TAKE = """
local holder = redis.call('GET', KEYS[1])
local free = holder == false and (ARGV[3] == '1' or redis.call('EXISTS', KEYS[2]) == 0)
if not (free or holder == ARGV[1] or holder == '') then return {0, holder or ''} end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local fence = string.format('%.0f', math.max(now, tonumber(redis.call('GET', KEYS[2]) or '0') + 1))
redis.call('SET', KEYS[2], fence)
return {fence, ''}
"""

_RENEW = """
local fence = tonumber(redis.call('GET', KEYS[2]) or '0')
local holder = redis.call('GET', KEYS[1])
if fence > tonumber(ARGV[3]) or (holder and holder ~= ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
if fence < tonumber(ARGV[3]) then
  redis.call('SET', KEYS[2], ARGV[3])
  return 2
end
return 1
"""

_RELEASE = """
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('SET', KEYS[1], '', 'PX', 60000) end
return 1
"""


class LeaseLost(Exception):
    """Another engine owns the shard. Send no more commands."""


class Lease:
    """`seconds`: how long a lease holds without renewal. It is renewed four times in that time.

    While Redis is away no engine can take the lease, so its owner goes on. When Redis is back, a standby that finds
    the lease free waits for half its time before it takes it, so that the owner can renew it first.
    """

    def __init__(self, store: Store, engine: str, *, seconds: float = 4.0) -> None:
        self.engine = engine
        self.fence = 0
        self.held = False
        self.forgotten: Callable[[], None] = lambda: None
        """Called when Redis has lost its data, though it may never have been away: it has no fence any more."""
        self._store = store
        self._seconds = seconds
        self._keys = (store.keys.lease, store.keys.fence)

    async def acquire(self) -> int:
        """Wait until the shard is ours, also while Redis is away. Return the fencing number."""
        free_since: float | None = None
        waiting = False
        while True:
            patient = free_since is not None and monotonic() - free_since >= self._seconds / 2
            try:
                fence, holder = await self._take(patient)
            except UNAVAILABLE as error:
                free_since = None
                log.warning("waiting for Redis", extra={"why": repr(error)})
                await asyncio.sleep(self._seconds / 4)
                continue
            if fence:
                self.fence, self.held = fence, True
                log.info("lease taken", extra={"engine": self.engine, "fence": fence})
                return fence
            free_since = None if holder else free_since or monotonic()
            if not waiting:
                log.info("standby: another engine holds the lease", extra={"holder": holder})
                waiting = True
            await asyncio.sleep(self._seconds / 16)

    async def renew(self) -> None:
        """Renew the lease. Raises LeaseLost if another engine has it, one of `UNAVAILABLE` if Redis is away."""
        script = self._store.redis.eval(_RENEW, 2, *self._keys, self.engine, self._millis, str(self.fence))
        answer = await script
        if not answer:
            self.held = False
            raise LeaseLost(f"another engine took the shard from {self.engine} (fence {self.fence})")
        if answer == 2:
            log.error("Redis has lost its data: live views and the snapshot are written again")
            self.forgotten()

    async def keep(self) -> None:
        """Renew for ever. Raises LeaseLost."""
        while True:
            await asyncio.sleep(self._seconds / 4)
            try:
                await self.renew()
            except UNAVAILABLE as error:
                log.debug("lease not renewed", extra={"why": repr(error)})

    async def release(self) -> None:
        """Give the lease up, so that a standby can take it at once. If Redis is away, the lease ends by itself."""
        if self.held:
            self.held = False
            try:
                await self._store.redis.eval(_RELEASE, 1, self._keys[0], self.engine)
            except UNAVAILABLE as error:
                log.warning("lease not released", extra={"why": repr(error)})

    async def _take(self, patient: bool) -> tuple[int, str]:
        free = "1" if patient else "0"
        answer = await self._store.redis.eval(_TAKE, 2, *self._keys, self.engine, self._millis, free)
        return int(answer[0]), str(answer[1])

    @property
    def _millis(self) -> str:
        return str(int(self._seconds * 1000))
