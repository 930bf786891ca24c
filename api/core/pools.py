"""The threads of one api process: which work runs on which, so that no kind of work waits for another.

A request costs one hop: its whole job (transaction, handler, commit, serialization) runs on one thread. SQLite has
one writer at a time, so its writes have one thread, whose queue is the line of waiting writers: a write that waits
holds neither a thread nor a connection. Reads have threads of their own and never wait for writes.

A read of SQLite is work of this process, so two reads at once are not faster. They are slower, by half, because the
driver gives up the interpreter's lock at each row and gets it back late. So short reads run one at a time, and only a
long one has others beside it (`Turns`). A read of PostgreSQL mostly waits for the server.
"""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from threading import Lock
from time import monotonic
from typing import Any, ParamSpec, TypeVar

from sqlalchemy import Engine

P = ParamSpec("P")
Result = TypeVar("Result")

READERS = 4
LONG = 0.05
"""Seconds after which a read does not hold up the next one."""
WRITERS = 8
"""Of PostgreSQL. SQLite has one."""
SLOW = 8
UPLOADS = 4
LOOKUPS = 2


class Turns(ThreadPoolExecutor):
    """Threads of which one works at a time, unless its job takes longer than `LONG`. Jobs begin in their order.

    A thread takes a job only when it may begin: the thread that has just ended one is quicker than those that wait, and
    would leave theirs behind.
    """

    def __init__(self, size: int, name: str) -> None:
        super().__init__(size, name)
        self._jobs: deque[tuple[Future[Any], Callable[[], Any]]] = deque()
        self._turn = Lock()
        self._began = 0.0
        """When the job of the thread whose turn it is began (time.monotonic)."""

    def submit(self, work: Callable[P, Result], /, *args: P.args, **kwargs: P.kwargs) -> Future[Result]:
        future: Future[Result] = Future()
        self._jobs.append((future, partial(work, *args, **kwargs)))
        super().submit(self._next)
        return future

    def _next(self) -> None:
        """Do the oldest job as soon as it may begin."""
        mine = self._turn.acquire(timeout=LONG)
        while not mine and (left := self._began + LONG - monotonic()) > 0:
            mine = self._turn.acquire(timeout=left)
        try:
            if mine:
                self._began = monotonic()
            future, work = self._jobs.popleft()
            if not future.set_running_or_notify_cancel():
                return
            try:
                result = work()
            except BaseException as error:  # the future raises it where it is awaited
                future.set_exception(error)
            else:
                future.set_result(result)
        finally:
            if mine:
                self._turn.release()


@dataclass(frozen=True, slots=True)
class Pools:
    """`reads`, `writes`: one transaction each. `slow`: handlers that hash passwords or wait for another service.
    `uploads`: what sends the pieces of files to S3. `lookups`: Asterisk's questions, which must not wait for clients.
    """

    reads: ThreadPoolExecutor
    writes: ThreadPoolExecutor
    slow: ThreadPoolExecutor
    uploads: ThreadPoolExecutor
    lookups: ThreadPoolExecutor

    def close(self) -> None:
        """Finish what runs and end the threads."""
        for pool in (self.slow, self.uploads, self.reads, self.lookups, self.writes):
            pool.shutdown()


def make_pools(engine: Engine) -> Pools:
    """Return the pools for this database. Threads start when they are first needed."""
    sqlite = engine.dialect.name == "sqlite"
    return Pools(
        reads=(Turns if sqlite else ThreadPoolExecutor)(READERS, "api-reads"),
        writes=ThreadPoolExecutor(1 if sqlite else WRITERS, "api-writes"),
        slow=ThreadPoolExecutor(SLOW, "api-slow"),
        uploads=ThreadPoolExecutor(UPLOADS, "api-uploads"),
        lookups=ThreadPoolExecutor(LOOKUPS, "api-lookups"),
    )
