"""The threads of one api process: which work runs on which, so that no kind of work waits for another.

A request costs one hop: its whole job (transaction, handler, commit, serialization) runs on one thread. SQLite has
one writer at a time, so its writes have one thread, whose queue is the line of waiting writers: a write that waits
holds neither a thread nor a connection. Reads have threads of their own and never wait for writes.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from sqlalchemy import Engine

READERS = 4
WRITERS = 8
"""Of PostgreSQL. SQLite has one."""
SLOW = 8
LOOKUPS = 2


@dataclass(frozen=True, slots=True)
class Pools:
    """`reads`, `writes`: one transaction each. `slow`: handlers that hash passwords or wait for another service.
    `lookups`: Asterisk's questions, which must not wait for clients."""

    reads: ThreadPoolExecutor
    writes: ThreadPoolExecutor
    slow: ThreadPoolExecutor
    lookups: ThreadPoolExecutor

    def close(self) -> None:
        """Finish what runs and end the threads."""
        for pool in (self.slow, self.reads, self.lookups, self.writes):
            pool.shutdown()


def make_pools(engine: Engine) -> Pools:
    """Return the pools for this database. Threads start when they are first needed."""
    writers = 1 if engine.dialect.name == "sqlite" else WRITERS
    sizes = {"reads": READERS, "writes": writers, "slow": SLOW, "lookups": LOOKUPS}
    return Pools(**{name: ThreadPoolExecutor(size, f"api-{name}") for name, size in sizes.items()})
