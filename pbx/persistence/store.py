"""The engine's shard in Redis: one atomic, fenced, repeatable write for everything that a batch of events left."""

# Theory of operation
# ===================
#
# The core's state is in the engine's memory. Redis has what is needed to build it again, and what others read:
#
#   J  the journal      each event with its time, as the core got it
#   S  the snapshot     the core's whole state, with the ids of the newest journal entry and api command in it
#   R  the records      what the record writer brings to the database: calls, voicemails, wrap-ups, notifications
#   E  events           what clients are told
#   L  live views       what the api shows
#
# For each event the runner does this, in this order, in one turn of the event loop:
#
#   1. The core decides: `Engine.handle(event, now)` gives commands.
#   2. The commands go out. Those for Asterisk are written to its connection. Records are added to the writer's list.
#      Changed views, and the events for clients, are added soon after.
#   3. The journal entry of the event is added to the same list.
#
# No event waits for Redis. `pbx.persistence.writer.Writer` takes what has gathered, at most `MOST_OPS` operations, and
# writes it as one batch. While a batch is on its way the next one gathers.
#
# One Lua script writes the batch. Redis runs a script as a whole, so no other client sees half a batch. The script
# first checks two things:
#
#   - The fence. Each engine that takes the shard has a higher number (`pbx.failover.lease`). A batch of an engine with
#     a lower number than the newest is refused: it writes nothing, and raises `Fenced`.
#   - The sequence. `keys.written` holds number and sequence of the last batch. A batch that was written already is
#     left out. So a batch whose answer was lost can be sent again.
#
# What a crash leaves
# -------------------
#
# The next engine loads the snapshot, gives the core the journal entries after it and throws the commands away, and asks
# each Asterisk for its channels (`StateResynced`). If the engine dies:
#
#   before step 1          The event is in no journal. If it came from the api, its entry stands in the stream
#                          `commands` after the last one that snapshot and journal name, and is read again. If it came
#                          from Asterisk, the list of channels says what became of the call. A due timer is due again.
#   after step 2, with     Asterisk has done what the journal does not know. The list of channels says so, and the core
#   the batch not written  corrects itself. The records of that event are not written either: the next core sees the
#                          call end in its own way, and makes the record then.
#   in the script          Redis has run it or has not.
#   after the script       Journal and records are there. The replay makes the same records again. They are commands, so
#                          they are thrown away with the others.
#
# So a record is in its stream exactly when its event is in the journal: none is lost, none is doubled. For this the
# records of an event and its journal entry stand in one batch. The writer never cuts between them.
#
# The journal is trimmed in the script that writes a snapshot. At that moment no entry stands after the snapshot, so a
# restart never misses one.
#
# When Redis is away
# ------------------
#
# Journal and records go to a file (`pbx.persistence.outage_spool`), synced before they count as kept. The other kinds
# are made again later. When Redis is back, the engine first renews its lease, which fails if another engine has taken
# the shard. Then it writes the spooled batches in their order, each with its own number and sequence, so the batch that
# was on its way when Redis went is not doubled. Then it writes all views and a snapshot.
#
# An engine that has lost the shard writes its records only, since they are still true. Its journal is not written: the
# new engine's journal goes on from another state.

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, RedisError, ResponseError

from switchroom.messages.events import EVENTS_KEPT
from switchroom.redis_keys import Keys

Op = tuple[str, ...]
"""`("J", journal id, body)`, `("R", body)` a record, `("E", body)` an event for clients, `("S", body)` a snapshot,
`("L", kind, id, body or "")` a live view, `("W", kind)` wipes the live views of a kind."""

Entries = list[tuple[str, dict[str, str]]]
"""Of a stream: id and fields."""

JOURNAL_KEPT = 50_000
"""Entries, at least, that trimming leaves."""

UNAVAILABLE = (RedisError, OSError, TimeoutError)

LIVE = ("agent", "queue", "call", "outbound", "conference", "member")
"""The kinds of live views."""
_FIRST_LIVE = 7
_LIVE_KEYS = ", ".join(f"{kind} = KEYS[{number}]" for number, kind in enumerate(LIVE, _FIRST_LIVE))

_SCRIPT = """
local fence = tonumber(redis.call('GET', KEYS[1]) or '0')
if fence > tonumber(ARGV[1]) then return redis.error_reply('FENCED ' .. fence) end
local written = redis.call('GET', KEYS[2])
if written then
  local f, s = string.match(written, '(%d+)-(%d+)')
  if tonumber(f) == tonumber(ARGV[1]) and tonumber(s) >= tonumber(ARGV[2]) then return 0 end
end
local live = {LIVE}
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
""".replace("{LIVE}", f"{{{_LIVE_KEYS}}}")


class Fenced(Exception):
    """Another engine has taken this shard meanwhile. Nothing was written."""


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
        """Raises ValueError on a line that a crash cut short, or that is no batch: Redis would refuse it for ever."""
        match json.loads(line):
            case [int(fence), int(sequence), [*ops]] if all(map(_is_op, ops)):
                return cls(fence, sequence, tuple(tuple(op) for op in ops))
        raise ValueError("not a batch")

    def only(self, kinds: str) -> "Batch":
        return Batch(self.fence, self.sequence, tuple(op for op in self.ops if op[0] in kinds))


_FIELDS = {"J": 3, "R": 2, "E": 2, "S": 2, "L": 4, "W": 2}
"""Operation -> the number of its fields, with its own name."""


def _is_op(op: Any) -> bool:
    strings = isinstance(op, list) and all(isinstance(field, str) for field in op)
    return strings and bool(op) and _FIELDS.get(op[0]) == len(op)


def connect(url: str, *, timeout: float = 2.0, name: str | None = None) -> Redis:
    """Make a client that never repeats a command by itself: its user decides what to do after a failure.

    `name` is what Redis calls its connections.
    """
    return Redis.from_url(
        url,
        decode_responses=True,
        client_name=name,
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
            *(keys.live(kind) for kind in LIVE),
        )

    async def ping(self) -> None:
        await self.redis.ping()

    async def write(self, batch: Batch) -> None:
        """Write all of the batch, once. Raises Fenced if a newer engine has the shard."""
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
        """Write records of an engine that has lost the shard. They are true all the same."""
        pipeline = self.redis.pipeline(transaction=True)
        for body in bodies:
            pipeline.xadd(self.keys.records, {"body": body})
        await pipeline.execute()

    async def snapshot(self) -> dict[str, Any] | None:
        """Return what the last `S` operation wrote, or None."""
        text = await self.redis.get(self.keys.snapshot)
        return None if text is None else cast(dict[str, Any], json.loads(text))

    async def journal_after(self, journal_id: str, *, page: int = 1000) -> list[tuple[str, dict[str, Any]]]:
        """Return every journal entry after this id, oldest first."""
        entries: list[tuple[str, dict[str, Any]]] = []
        while True:
            part = cast(Entries, await self.redis.xrange(self.keys.journal, f"({journal_id}", count=page))
            entries += [(key, json.loads(fields["body"])) for key, fields in part]
            if len(part) < page:
                return entries
            journal_id = part[-1][0]

    async def last_command(self) -> str:
        """Return the id of the newest entry of the commands stream; `0-0` if there is none."""
        newest = cast(Entries, await self.redis.xrevrange(self.keys.commands, count=1))
        return newest[0][0] if newest else "0-0"

    async def commands_after(self, last: str, *, wait: float) -> "Entries":
        """Return entries after `last`, at most 500. Waits up to `wait` seconds for the first one."""
        keys: dict[Any, Any] = {self.keys.commands: last}
        answer = cast(Any, await self.redis.xread(keys, count=500, block=int(wait * 1000)))
        streams = answer.values() if isinstance(answer, dict) else [entries for _, entries in answer or ()]
        return [(key, fields) for entries in streams for key, fields in _flat(entries)]


def _flat(entries: Any) -> Entries:
    """Return entries as one list. Some versions of the protocol answer with a list of lists."""
    nested = (
        bool(entries)
        and isinstance(entries[0], list)
        and bool(entries[0])
        and not isinstance(entries[0][0], str)
    )
    return [entry for part in entries for entry in part] if nested else list(entries)
