"""The fan-out of one api process: it reads the stream of events and hands each one to the clients that may see it.

The stream is bounded, and the ids of its entries are cursors: a client that was away reads from its cursor on
(`FanOut.after`). Each process reads the whole stream. A process without clients reads and drops.

While Redis or the database is away, clients stay connected and are told nothing. Afterwards the fan-out goes on where
it was. If the stream has lost entries meanwhile, clients are told so (`Client.reset`) and read everything again.

The fan-out waits for no client. `Client.tell` returns at once, and cuts off a client that does not keep up. The events
that come together are handed over together, so a client costs one write for all of them: the more there is to do, the
less each event costs.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, asynccontextmanager
from functools import partial
from time import monotonic
from typing import Any, Protocol, TypeVar

from pydantic import ValidationError
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from api.core.context import Context, run_on
from api.core.errors import RateLimited, Unavailable
from api.core.identities import Identity
from api.realtime.change import Change, Changes
from api.realtime.cursors import Lost, extent_of
from api.realtime.visibility import Facts, Visibility
from api.realtime.watches import Watch, Watches
from switchroom.messages.events import Audience, Event, parse_event

log = logging.getLogger(__name__)
Result = TypeVar("Result")

AWAY = (RedisError, OSError, SQLAlchemyError, Unavailable)
PAGE = 200
"""Events that are read and decided on together."""
BLOCK_SECONDS = 2.0
CHECK_SECONDS = 15.0
"""How often sessions are looked at that no event concerns: those that are over are ended."""
CHANGED_SECONDS = 1.0
"""The same, if it was changed meanwhile who somebody is, or what they are a member of."""
RETRY_SECONDS = 1.0
TOLD_TOGETHER = 100
"""After so many clients, other tasks of the process have their turn."""
MOST_OF_USER = 20
"""Clients that one user may have connected to one process."""

Entries = list[tuple[bytes, dict[bytes, bytes]]]
"""Of the stream: id and fields."""


class Client(Protocol):
    """One connection of a signed-in user. No method waits."""

    @property
    def identity(self) -> Identity:
        """Who it is, as of its last request."""

    def tell(self, told: Changes) -> None:
        """Send in one piece those of the changes that the client asked for, or cut the client off. It may see all."""

    def reset(self, cursor: str) -> None:
        """Say that changes before this cursor are lost."""

    def end(self) -> None:
        """Close the connection: the session is over, or the process ends."""

    def may_stay(self, identity: Identity) -> bool:
        """Say whether the client may stay connected. `identity`: of its session, which is live, as of now."""


class FanOut:
    """Clients, and the place in the stream up to which they were told."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._key = context.keys.events
        self._visibility = Visibility(context)
        self._clients: dict[str, set[Client]] = {}
        """By session id."""
        self._sessions: dict[str, set[str]] = {}
        """Session ids by user id."""
        self._thread = ThreadPoolExecutor(1, "api-realtime")
        self._task: asyncio.Task[None]
        self._redis: Redis | None = None
        self._ending = False
        self._away = False
        """Whether the log says already that a server is away."""
        self.cursor: str | None = None
        """The newest event that was handed over. None until Redis was reached."""
        self._reached = asyncio.Event()
        self._watches = Watches()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Read from now on. End all clients and the reading at the end."""
        self._task = asyncio.create_task(self._run(), name="api-fan-out")
        try:
            yield
        finally:
            self.close()
            while not self._task.done():
                # More than once: the Redis client may take a cancellation for a time-out of its own.
                self._task.cancel()
                await asyncio.wait({self._task}, timeout=0.2)
            self._thread.shutdown()
            if self._redis is not None:
                with contextlib.suppress(RedisError, OSError):
                    await self._redis.aclose()

    def close(self) -> None:
        """End all clients: the process ends."""
        self._ending = True
        self._watches.close()
        for client in self._everyone():
            client.end()

    def require_room(self, user_id: str) -> None:
        """Raise RateLimited if this user may not connect one more client, Unavailable if the process ends."""
        if self._ending:
            raise Unavailable("The process ends. Connect again")
        mine = self._sessions.get(user_id, ())
        if sum(len(self._clients[session]) for session in mine) >= MOST_OF_USER:
            raise RateLimited(60)

    def add(self, client: Client) -> None:
        """Hand events to this client from now on."""
        identity = client.identity
        self._clients.setdefault(identity.session_id, set()).add(client)
        self._sessions.setdefault(identity.user_id, set()).add(identity.session_id)

    def remove(self, client: Client) -> None:
        """Hand nothing more to this client. It may be gone already."""
        session, user = client.identity.session_id, client.identity.user_id
        clients = self._clients.get(session)
        if clients is None:
            return
        clients.discard(client)
        if not clients:
            del self._clients[session]
            self._sessions[user].discard(session)
            if not self._sessions[user]:
                del self._sessions[user]

    def watching(self, channel_id: str) -> AbstractContextManager[Watch]:
        """Wait for what happens in a channel of the inbox, from now on."""
        return self._watches.of(channel_id)

    async def place(self) -> str:
        """Return the cursor; wait until Redis was reached once."""
        while self.cursor is None:
            await self._reached.wait()
        return self.cursor

    async def after(self, cursor: str, identity: Identity) -> AsyncIterator[tuple[str, list[Change]]]:
        """Yield what this caller may see of the events after the cursor, page by page with the cursor of each.

        It ends when all are read. Raises `AWAY`, and Lost if the stream has not all of them any more.
        """
        session = identity.session_id
        while True:
            entries: Any = await self._client().xrange(self._key, min=f"({cursor}", count=PAGE)
            # Asked afterwards, so that nothing was trimmed between the two.
            if not (await extent_of(self._client(), self._key)).can_resume(cursor):
                raise Lost(cursor)
            if not entries:
                return
            cursor = entries[-1][0].decode()
            facts = await self._ask(partial(self._visibility.facts, _parsed(entries), [session]))
            caller = facts.identities.get(session)
            seen = [it for it in facts.changes if caller is not None and facts.sees(caller, it.audience)]
            yield cursor, seen

    def _client(self) -> Redis:
        if self._redis is None:
            self._redis = Redis.from_url(
                self._context.settings.redis_url,
                socket_timeout=BLOCK_SECONDS + 5,
                socket_connect_timeout=1,
                health_check_interval=10,
            )
        return self._redis

    async def _ask(self, question: Callable[[], Result]) -> Result:
        return await run_on(self._thread, question)

    async def _run(self) -> None:
        while not self._ending:
            try:
                await self._follow()
            except AWAY as error:
                log.log(
                    logging.DEBUG if self._away else logging.WARNING,
                    "clients are told nothing: a server is away",
                    extra={"error": str(error)[:200]},
                )
                self._away = True
            except Exception:
                log.exception("the fan-out failed, and goes on")
            await asyncio.sleep(RETRY_SECONDS)

    async def _follow(self) -> None:
        """Read on from the cursor until a server is away."""
        extent = await extent_of(self._client(), self._key)
        if self.cursor is None:
            self.cursor = extent.last
            self._reached.set()
        elif not extent.can_resume(self.cursor):
            self.cursor = extent.last
            for client in self._everyone():
                client.reset(extent.last)
        self._away = False
        checked, generation = monotonic(), self._context.identities.generation
        while not self._ending:
            streams: Any = await self._client().xread(
                {self._key: self.cursor}, count=PAGE, block=round(BLOCK_SECONDS * 1000)
            )
            for _, entries in streams or ():
                await self._hand_over(entries)
            is_changed = generation != self._context.identities.generation
            if monotonic() - checked > (CHANGED_SECONDS if is_changed else CHECK_SECONDS):
                checked, generation = monotonic(), self._context.identities.generation
                await self._check_sessions()

    async def _hand_over(self, entries: Entries) -> None:
        events = _parsed(entries) if self._watches or self._clients else []
        if self._watches:
            self._watches.wake(events)
        if self._clients:
            asked = frozenset(self._clients)
            facts = await self._ask(partial(self._visibility.facts, events, asked))
            self._end_all_but(facts.identities, asked)
            # Who joins from now on reads these events by themselves, or reads the database after them.
            self.cursor = entries[-1][0].decode()
            number = 0
            for session, told in self._told(facts, asked).items():
                # Some may have left while others had their turn.
                clients = tuple(self._clients.get(session, ()))
                for client in clients:
                    client.tell(told)
                number += len(clients)
                if number >= TOLD_TOGETHER:
                    number = 0
                    await asyncio.sleep(0)
        self.cursor = entries[-1][0].decode()

    def _told(self, facts: Facts, asked: frozenset[str]) -> dict[str, Changes]:
        """Return which sessions are told of what. Those that see the same share it."""
        audiences: dict[Audience, int] = {}
        numbered = [
            (change, audiences.setdefault(change.audience, len(audiences))) for change in facts.changes
        ]
        sees: dict[str, tuple[int, ...]] = {}
        for audience, number in audiences.items():
            for session in self._seen_by(facts, audience, asked):
                sees[session] = (*sees.get(session, ()), number)
        shared = {
            numbers: Changes([change for change, number in numbered if number in numbers])
            for numbers in set(sees.values())
        }
        return {session: shared[numbers] for session, numbers in sees.items()}

    def _seen_by(self, facts: Facts, audience: Audience, asked: frozenset[str]) -> list[str]:
        """Return the sessions that are told of what has this audience."""
        found = []
        for session in self._candidates(facts, audience):
            # Who came while the facts were read has shown a moment ago who they are.
            known = session in asked
            identity = facts.identities.get(session) if known else next(iter(self._clients[session])).identity
            if identity is not None and facts.sees(identity, audience):
                found.append(session)
        return found

    def _candidates(self, facts: Facts, audience: Audience) -> Iterable[str]:
        """Return the sessions to ask: a chat or some users are found faster than everyone."""
        if audience.members or audience.admins or audience.queues:
            return self._clients
        users = {*audience.users, *(facts.members_of(audience.chat) if audience.chat else ())}
        return [session for user in users & self._sessions.keys() for session in self._sessions[user]]

    def _end_all_but(self, live: Mapping[str, Identity], asked: Iterable[str]) -> None:
        for session in asked:
            identity = live.get(session)
            for client in tuple(self._clients.get(session, ())):
                if identity is None or not client.may_stay(identity):
                    client.end()

    async def _check_sessions(self) -> None:
        asked = list(self._clients)
        if asked:
            live = await self._ask(partial(self._visibility.live_sessions, asked))
            self._end_all_but(live, asked)

    def _everyone(self) -> list[Client]:
        return [client for clients in self._clients.values() for client in clients]


def _parsed(entries: Entries) -> list[tuple[str, Event]]:
    """Return the events with their cursors. What this release does not understand is left out."""
    found: list[tuple[str, Event]] = []
    for cursor, fields in entries:
        try:
            found.append((cursor.decode(), parse_event(fields[b"body"])))
        except (KeyError, ValidationError) as error:
            log.error("an event is not valid", extra={"event": cursor.decode(), "error": repr(error)[:500]})
    return found


def fan_out_of(app: Any) -> FanOut:
    """Return the application's fan-out."""
    found: FanOut = app.state.fan_out
    return found
