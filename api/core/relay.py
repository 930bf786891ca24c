"""What must happen after a commit but not before its answer: sending the outbox, telling other processes.

One thread, woken by commits. The first commit after a rest is sent at once. Commits that come while a round works, or
within `APART` of it, share the next round: a round costs about as much as a small request. A silent Redis holds up this
thread alone. What it cannot send now, the record writer sends later.
"""

import logging
import threading
from collections.abc import Callable

from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from api.core.identities import Identities

log = logging.getLogger(__name__)

SECONDS = 10.0
"""How long `flush` waits."""
APART = 0.02
"""Seconds from the end of one round to the next at least, unless somebody waits in `flush`."""


class Relay:
    """Runs `send` after each commit that wrote to the outbox."""

    def __init__(self, send: Callable[[], object], redis: Redis, identities: Identities) -> None:
        self._send, self._redis, self._identities = send, redis, identities
        self._changed = threading.Condition()
        self._asked = self._done = 0
        self._rests = False
        """Whether the thread waits for a commit. Else it looks for one by itself, and is not woken."""
        self._closed = False
        self._hurried = 0
        """How many callers wait in `flush`."""
        self._thread: threading.Thread | None = None

    def wake(self) -> None:
        """Say that something was committed. Returns at once."""
        with self._changed:
            self._asked += 1
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="api-relay", daemon=True)
                self._thread.start()
            if self._rests:
                self._changed.notify_all()

    def flush(self) -> bool:
        """Wait until everything that was committed before is sent or left to the record writer."""
        with self._changed:
            asked = self._asked
            self._hurried += 1
            self._changed.notify_all()
            try:
                return self._changed.wait_for(lambda: self._done >= asked, SECONDS)
            finally:
                self._hurried -= 1

    def close(self) -> None:
        """Send what is left and end the thread."""
        self.flush()
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(SECONDS)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._rests = True
                self._changed.wait_for(lambda: self._closed or self._asked > self._done)
                self._rests = False
                if self._closed:
                    return
                asked = self._asked
            self._round()
            with self._changed:
                self._done = asked
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._closed or self._hurried, APART)

    def _round(self) -> None:
        try:
            if message := self._identities.say():
                self._redis.publish(self._identities.channel, message)
        except RedisError:
            log.warning(
                "other processes are not told of a change: Redis is away, so they read at each request"
            )
        try:
            self._send()
        except RedisError:
            log.warning("outbox not relayed: Redis is away; the record writer will send it")
        except SQLAlchemyError:
            log.exception("outbox not relayed; the record writer will send it")
