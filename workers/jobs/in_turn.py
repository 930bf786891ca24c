"""Jobs that do what waits for a conversation one after the other, by one worker at a time."""

import logging
import math
from collections.abc import Callable
from typing import TypeVar

from redis.exceptions import LockError
from rq import Retry

from workers.resources import Resources

logger = logging.getLogger(__name__)

Waiting = TypeVar("Waiting")

LOCK_SECONDS = 120
"""A worker that died holds the conversation so long."""
WAIT_SECONDS, MOST_WAITS = 2, 100_000


def in_turn(
    resources: Resources,
    key: str,
    following: Callable[[], Waiting | None],
    do: Callable[[Waiting], float | None],
) -> Retry | None:
    """Do what follows until there is no more. `do` returns in how many seconds to try again; None: it is done with.

    Returns an RQ `Retry` while another worker has the lock `key`, or if `do` must try again.
    """
    lock = resources.redis.lock(key, timeout=LOCK_SECONDS, blocking=False)
    if not lock.acquire():
        return Retry(max=MOST_WAITS, interval=WAIT_SECONDS)
    try:
        while (waiting := following()) is not None:
            lock.reacquire()
            seconds = do(waiting)
            if seconds is not None:
                return Retry(max=MOST_WAITS, interval=max(1, math.ceil(seconds)))
    finally:
        try:
            lock.release()
        except LockError:
            logger.warning("a job took longer than its lock", extra={"key": key})
    return None
