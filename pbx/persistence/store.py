"""The engine's shard in Redis: one atomic, fenced, repeatable write for everything that a batch of events left.

A batch is written by one Lua script: either all of it or nothing. So an event is in the journal exactly when
the call records that it caused are in their stream, and a restart neither loses nor invents one.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, RedisError, ResponseError

from switchroom.redis_keys import Keys

Op = tuple[str, ...]
"""`("J", journal id, body)`, `("R", body)` a record, `("E", body)` an event for clients, `("S", body)` a snapshot,
`("L", kind, id, body or "")` a live view, `("W", kind)` wipes the live views of a kind."""

Entries = list[tuple[str, dict[str, str]]]
"""Of a stream: id and fields."""

EVENTS_KEPT = 10_000
JOURNAL_KEPT = 50_000
"""At least; the journal is trimmed only when a snapshot is written, so a restart never misses its tail."""

UNAVAILABLE = (RedisError, OSError, TimeoutError)

_SCRIPT = """
local fence = tonumber(redis.call('GET', KEYS[1]) or '0')
if fence > tonumber(ARGV[1]) then return redis.error_reply('FENCED ' .. fence) end
local written = redis.call('GET', KEYS[2])
if written then
  local f, s = string.match(written, '(%d+)-(%d+)')
  if tonumber(f) == tonumber(ARGV[1]) and tonumber(s) >= tonumber(ARGV[2]) then return 0 end
end
local live = {agent = KEYS[7], queue = KEYS[8], call = KEYS[9]}
local i = 5
while i <= #ARGV do
  local op = ARGV[i]
  if op == 'J' then
    redis.call('XADD', KEYS[3], ARGV[i + 1], 'body', ARGV[i + 2]); i = i + 3
  elseif op == 'R' then
    redis.call('XADD', KEYS[4], '*', 'body', ARGV[i + 1]); i = i + 2
  elseif op == 'E' then
    redis.call('XADD', KEYS[5], 'MAXLEN', '~', ARGV[4], '*', 'body', ARGV[i + 1]); i = i + 2
  elseif op == 'L' then
    if ARGV[i + 3] == '' then redis.call('HDEL', live[ARGV[i + 1]], ARGV[i + 2])
    else redis.call('HSET', live[ARGV[i + 1]], ARGV[i + 2], ARGV[i + 3]) end
    i = i + 4
  elseif op == 'W' then
    redis.call('DEL', live[ARGV[i + 1]]); i = i + 2
  else
    redis.call('SET', KEYS[6], ARGV[i + 1])
    redis.call('XTRIM', KEYS[3], 'MAXLEN', '~', ARGV[3]); i = i + 2
  end
end
redis.call('SET', KEYS[2], ARGV[1] .. '-' .. ARGV[2])
return 1
"""


class Fenced(Exception):
    """Another engine has taken this shard since: nothing was written."""


@dataclass(frozen=True, slots=True)
class Batch:
    """`sequence` rises with each batch under one fencing number; a batch that is sent twice is written once."""

    fence: int
    sequence: int
    ops: tuple[Op, ...]

    def to_line(self) -> bytes:
        return json.dumps([self.fence, self.sequence, self.ops], separators=(",", ":")).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> "Batch":
        """Raises ValueError on a line that a crash cut short."""
        fence, sequence, ops = json.loads(line)
        return cls(fence, sequence, tuple(tuple(op) for op in ops))

    def only(self, kinds: str) -> "Batch":
        return Batch(self.fence, self.sequence, tuple(op for op in self.ops if op[0] in kinds))


def connect(url: str, *, timeout: float = 2.0) -> Redis:
    """A client that never repeats a command by itself: what to do on a failure is decided above it."""
    return Redis.from_url(
        url,
        decode_responses=True,
        socket_timeout=timeout,
        socket_connect_timeout=timeout,
        retry=Retry(NoBackoff(), 0),
        health_check_interval=0,
    )


class Store:
    """Reads and writes of one shard. Every method raises one of `UNAVAILABLE` when Redis is away."""

    def __init__(self, redis: Redis, keys: Keys) -> None:
        self.redis = redis
        self.keys = keys
        self._sha = ""
        self._names = (
            keys.fence,
            keys.written,
            keys.journal,
            keys.records,
            keys.events,
            keys.snapshot,
            keys.live("agent"),
            keys.live("queue"),
            keys.live("call"),
        )

    async def ping(self) -> None:
        await self.redis.ping()

    async def write(self, batch: Batch) -> None:
        """All of the batch, once. Raises Fenced if a newer engine has the shard."""
        flat = [field for op in batch.ops for field in op]
        arguments = (*self._names, batch.fence, batch.sequence, JOURNAL_KEPT, EVENTS_KEPT, *flat)
        try:
            await self._run(arguments)
        except ResponseError as error:
            if "FENCED" in str(error):
                raise Fenced(str(error)) from error
            raise

    async def _run(self, arguments: Sequence[Any]) -> None:
        if not self._sha:
            self._sha = await self.redis.script_load(_SCRIPT)
        try:
            await self.redis.evalsha(self._sha, len(self._names), *arguments)
        except NoScriptError:
            self._sha = await self.redis.script_load(_SCRIPT)
            await self.redis.evalsha(self._sha, len(self._names), *arguments)

    async def add_records(self, bodies: Sequence[str]) -> None:
        """Records that an engine which has lost the shard still owes: they are true whoever rules now."""
        pipeline = self.redis.pipeline(transaction=True)
        for body in bodies:
            pipeline.xadd(self.keys.records, {"body": body})
        await pipeline.execute()

    async def snapshot(self) -> dict[str, Any] | None:
        """What the last `S` operation wrote, or None."""
        text = await self.redis.get(self.keys.snapshot)
        return None if text is None else cast(dict[str, Any], json.loads(text))

    async def journal_after(self, journal_id: str, *, page: int = 1000) -> list[tuple[str, dict[str, Any]]]:
        """Every journal entry after this id, oldest first."""
        entries: list[tuple[str, dict[str, Any]]] = []
        while True:
            part = cast(Entries, await self.redis.xrange(self.keys.journal, f"({journal_id}", count=page))
            entries += [(key, json.loads(fields["body"])) for key, fields in part]
            if len(part) < page:
                return entries
            journal_id = part[-1][0]

    async def last_command(self) -> str:
        """The id of the newest entry of the commands stream, `0-0` if there is none."""
        newest = cast(Entries, await self.redis.xrevrange(self.keys.commands, count=1))
        return newest[0][0] if newest else "0-0"

    async def commands_after(self, last: str, *, wait: float) -> "Entries":
        """Entries after `last`, at most 500; waits up to `wait` seconds for the first one."""
        keys: dict[Any, Any] = {self.keys.commands: last}
        answer = cast(Any, await self.redis.xread(keys, count=500, block=int(wait * 1000)))
        streams = answer.values() if isinstance(answer, dict) else [entries for _, entries in answer or ()]
        return [(key, fields) for entries in streams for key, fields in _flat(entries)]


def _flat(entries: Any) -> Entries:
    """Entries as one list: some protocol versions answer them in a list of lists."""
    nested = (
        bool(entries)
        and isinstance(entries[0], list)
        and bool(entries[0])
        and not isinstance(entries[0][0], str)
    )
    return [entry for part in entries for entry in part] if nested else list(entries)
