"""Writes everything that the engine has for Redis, in order and in batches; to the spool while Redis is away."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from pbx.metrics import Metrics
from pbx.persistence.outage_spool import Spool
from pbx.persistence.store import UNAVAILABLE, Batch, Fenced, Op, Store
from switchroom.messages.base import Message

log = logging.getLogger(__name__)

MOST_OPS = 2000
APART = 0.03
"""Seconds from the end of one batch to the next at least: a trip to Redis costs more than what it carries."""
_SPOOLED = {"J": "journal", "R": "records"}
RETRY_SECONDS = 0.25
MOST_UNTOLD = 20_000
"""Of how many changes clients are told when Redis is back: the newest ones."""


def dumps(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


class Writer:
    """`add...` returns at once; `run` writes. While a batch is on its way the next one gathers.

    `confirm` is awaited when Redis is back, before anything is delivered. It raises if another engine has taken the
    shard meanwhile. `recovered` is called after the delivery: live views and a snapshot must be written then. Clients
    are told afterwards of what changed while Redis was away.
    `journal=False` writes no journal.
    """

    def __init__(
        self,
        store: Store,
        spool: Spool,
        fence: int,
        metrics: Metrics,
        *,
        confirm: Callable[[], Awaitable[None]],
        recovered: Callable[[], None],
        journal: bool = True,
    ) -> None:
        self._store = store
        self._spool = spool
        self._fence = fence
        self._metrics = metrics
        self._confirm = confirm
        self._recovered = recovered
        self._journal = journal
        self._ops: list[Op] = []
        self._work = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._sequence = 0
        self._entries = 0
        self._told: set[str] = set()
        self._untold: dict[str, None] = {}
        """Events for clients that came while Redis was away, once each."""
        self.available = True

    @property
    def journal_id(self) -> str:
        """Return the id of the newest journal entry that was added. A snapshot made now includes it."""
        return f"{self._fence}-{self._entries}"

    @property
    def waiting(self) -> int:
        """Return how many operations are not on their way yet."""
        return len(self._ops)

    def add_journal(self, entry: dict[str, Any]) -> None:
        if self._journal:
            self._entries += 1
            self.add(("J", self.journal_id, dumps(entry)))

    def add_record(self, entry: Message) -> None:
        # Its values were not checked (see pbx.persistence.records), so they may not fit their types.
        self.add(("R", entry.model_dump_json(warnings=False)))

    def add_snapshot(self, snapshot: dict[str, Any], *, opens_segment: bool) -> None:
        """Add a snapshot that includes everything up to `journal_id`. An opening one stands in the journal as well."""
        text = _text(snapshot, core := dumps(snapshot.get("core")))
        if opens_segment and self._journal:
            self._entries += 1
            self.add(("J", self.journal_id, f'{{"type":"snapshot","snapshot":{text}}}'))
            text = _text({**snapshot, "journal": self.journal_id}, core)
        self.add(("S", text))

    def add(self, op: Op) -> None:
        """Add any other operation (`pbx.persistence.store.Op`)."""
        self._ops.append(op)
        self._idle.clear()
        self._work.set()

    async def run(self) -> None:
        """Write for ever. Raises LeaseLost or Fenced when the shard belongs to another engine."""
        while True:
            await self._work.wait()
            self._work.clear()
            while self._ops:
                batch = self._take()
                try:
                    await self._store.write(batch)
                except UNAVAILABLE as error:
                    await self._outage(batch, error)
                except Fenced:
                    await self._owe(batch)
                    raise
                if not self._ops:
                    self._idle.set()
                await asyncio.sleep(APART)
            self._idle.set()

    async def drained(self) -> None:
        """Wait until everything added so far is in Redis or in the spool."""
        await self._idle.wait()

    def _take(self) -> Batch:
        end = MOST_OPS
        # An event's records and then its journal entry were added in one go: they must stand in one batch.
        while end < len(self._ops) and self._ops[end - 1][0] == "R":
            end += 1
        ops, self._ops = self._ops[:end], self._ops[end:]
        self._sequence += 1
        self._metrics.batch_size.observe(len(ops))
        return Batch(self._fence, self._sequence, tuple(ops))

    async def _owe(self, batch: Batch) -> None:
        """Spool the records when another engine has the shard: they are true, and the next start delivers them."""
        rest = Batch(self._fence, self._sequence + 1, tuple(self._ops))
        await self._keep([batch.only("R"), rest.only("R")])

    async def _outage(self, batch: Batch, error: BaseException) -> None:
        """Spool until Redis is back, then deliver the spool in order."""
        log.error("Redis is away: spooling", extra={"why": repr(error)})
        self.available = False
        await self._keep([batch])
        while not await self._back():
            try:
                async with asyncio.timeout(RETRY_SECONDS):
                    await self._work.wait()
            except TimeoutError:
                continue
            await self._keep_waiting()
        self.available = True
        self._told.clear()
        log.info("Redis is back: spool delivered")
        self._recovered()
        # Behind the views: an event makes the api read the view that it names.
        untold, self._untold = self._untold, {}
        for body in untold:
            self.add(("E", body))

    async def _keep_waiting(self) -> None:
        """Spool what has gathered, all with one sync."""
        self._work.clear()
        batches = []
        while self._ops:
            batches.append(self._take())
        await self._keep(batches)

    async def _keep(self, batches: list[Batch]) -> None:
        self._metrics.spooled.inc(sum(len(batch.ops) for batch in batches))
        self._note_untold(batches)
        lost = await asyncio.to_thread(self._spool.append, batches)
        for kind, count in lost.items():
            self._lose(kind, count)
        if not self._ops:
            self._idle.set()

    def _note_untold(self, batches: list[Batch]) -> None:
        for body in (op[1] for batch in batches for op in batch.ops if op[0] == "E"):
            self._untold.pop(body, None)
            self._untold[body] = None
        while len(self._untold) > MOST_UNTOLD:
            del self._untold[next(iter(self._untold))]

    def _lose(self, kind: str, count: int) -> None:
        """Count operations that are lost. The log says it once in an absence of Redis."""
        self._metrics.spool_lost.labels(_SPOOLED[kind]).inc(count)
        if kind not in self._told:
            self._told.add(kind)
            log.error("the spool is full: lost until Redis is back", extra={"what": _SPOOLED[kind]})

    async def _back(self) -> bool:
        try:
            async with asyncio.timeout(RETRY_SECONDS * 2):
                await self._store.ping()
            await self._confirm()
            await deliver(self._spool, self._store)
        except UNAVAILABLE:
            return False
        return True


def _text(snapshot: dict[str, Any], core: str) -> str:
    """Encode a snapshot whose core is encoded already: the core may be large."""
    rest = dumps({key: value for key, value in snapshot.items() if key != "core"})
    return f'{rest[:-1]},"core":{core}}}'


async def deliver(spool: Spool, store: Store) -> None:
    """Write every spooled batch and empty the spool. Safe to repeat: a batch is written once."""
    batches, position = await asyncio.to_thread(spool.read, 0)
    while batches:
        for batch in batches:
            await store.write(batch)
        batches, position = await asyncio.to_thread(spool.read, position)
    await asyncio.to_thread(spool.clear)


async def deliver_records(spool: Spool, store: Store) -> None:
    """Write the spooled records only, also if another engine has the shard. One may come twice, with the same id."""
    batches, position = await asyncio.to_thread(spool.read, 0)
    while batches:
        await store.add_records([op[1] for batch in batches for op in batch.ops if op[0] == "R"])
        batches, position = await asyncio.to_thread(spool.read, position)
    await asyncio.to_thread(spool.clear)
