"""Who a session belongs to and what they are a member of, kept in memory so that a request asks no query for it.

An entry is filled by one read, and used until it is dropped or `SECONDS` old. It is dropped when a transaction of this
process that changed it commits (see `watch`), and when another process says so over Redis. While this process does not
hear the others, because Redis is away, no entry is used.

A fill may read what a change is about to replace. So a fill notes the generation before it reads, and is not kept if
anything was dropped meanwhile: the change's commit comes before its drop.
"""

import asyncio
import contextlib
import logging
import secrets
import weakref
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any

from redis import asyncio as aioredis
from redis.exceptions import RedisError
from sqlalchemy import event
from sqlalchemy import select as sa_select
from sqlalchemy.orm import ORMExecuteState
from sqlmodel import Session, bindparam, col, select

from models import AuthSession, MemberStatus, QueueManager, Role, Team, TeamUser, User, UserStatus, utcnow
from models.among import among

log = logging.getLogger(__name__)

SECONDS = 30.0
"""How long an entry is used at most: what changes without SQLAlchemy is seen after that."""
MOST = 20_000
EVERYBODY = "*"
_RETRY_SECONDS = 1.0
_NOT_KEPT: tuple[float, None] = (0.0, None)


@dataclass(frozen=True, slots=True)
class Membership:
    """An active membership that is more than a guest's."""

    id: str
    team_id: str
    role: str


@dataclass(frozen=True, slots=True)
class Identity:
    """The user behind a live session. `memberships`: by team id."""

    user_id: str
    session_id: str
    expires_at: datetime
    memberships: Mapping[str, Membership]
    managed_queue_ids: frozenset[str]
    guest_team_ids: frozenset[str] = frozenset()
    """Teams of which the user is an active guest."""
    suspended_team_ids: frozenset[str] = frozenset()
    """Teams that an operator suspended. But for that, the user would be an active member."""
    email: str = ""
    """The user's address: the audit log has it."""


class Identities:
    """The entries of one api process, by session id."""

    def __init__(self, redis_url: str, channel: str) -> None:
        self._redis_url, self.channel = redis_url, channel
        self._process = secrets.token_hex(8)
        self._entries: dict[str, tuple[float, Identity]] = {}
        self._sessions: dict[str, set[str]] = {}
        self.generation = 0
        self.hears = False
        """Whether drops of other processes reach this one."""
        self.deaf = False
        """Set once, when the process ends: `hear` returns."""
        self.unsaid: list[str] = []
        """User ids whose drop other processes have not been told of."""
        _ALL.add(self)

    def get(self, session_id: str) -> Identity | None:
        """Return the live session's identity, or None if it must be read."""
        return self.get_all((session_id,)).get(session_id)

    def get_all(self, session_ids: Iterable[str]) -> dict[str, Identity]:
        """Return the identities of those of these live sessions that need not be read."""
        if not self.hears:
            return {}
        at, now = monotonic(), utcnow()
        found: dict[str, Identity] = {}
        for id in session_ids:
            until, identity = self._entries.get(id, _NOT_KEPT)
            if identity is not None and until >= at and identity.expires_at > now:
                found[id] = identity
        return found

    def keep(self, identity: Identity, generation: int) -> None:
        """Keep what was read, unless something was dropped since `generation`."""
        if self.hears and generation == self.generation:
            if len(self._entries) >= MOST:
                self._clear()
            self._entries[identity.session_id] = (monotonic() + SECONDS, identity)
            self._sessions.setdefault(identity.user_id, set()).add(identity.session_id)

    def drop(self, user_ids: Iterable[str]) -> None:
        """Forget these users' entries; `EVERYBODY` forgets all."""
        self.generation += 1
        for user_id in user_ids:
            if user_id == EVERYBODY:
                self._clear()
                return
            for session_id in self._sessions.pop(user_id, ()):
                self._entries.pop(session_id, None)

    def _clear(self) -> None:
        self._entries.clear()
        self._sessions.clear()

    def say(self) -> str | None:
        """Return what other processes must be told, once; None if there is nothing."""
        users, self.unsaid = self.unsaid, []
        return " ".join((self._process, *dict.fromkeys(users))) if users else None

    async def hear(self) -> None:
        """Drop what other processes publish, until `deaf` is set and this is cancelled."""
        while not self.deaf:
            redis = aioredis.Redis.from_url(self._redis_url, health_check_interval=5)
            try:
                async with redis.pubsub() as messages:
                    await messages.subscribe(self.channel)
                    async for message in messages.listen():
                        if message["type"] == "subscribe":
                            self.drop([EVERYBODY])
                            self.hears = True
                        else:
                            process, *users = message["data"].decode().split()
                            if process != self._process:
                                self.drop(users)
            except (RedisError, OSError) as error:
                log.debug("sessions are read at each request: Redis is away", extra={"error": str(error)})
            finally:
                self.hears = False
                with contextlib.suppress(RedisError, OSError):
                    await redis.aclose()
            await asyncio.sleep(_RETRY_SECONDS)


_ALL: "weakref.WeakSet[Identities]" = weakref.WeakSet()

_SESSION = (
    select(AuthSession.expires_at, User.email)
    .join(User, col(User.id) == col(AuthSession.user_id))
    .where(
        col(AuthSession.id) == bindparam("session"),
        col(AuthSession.user_id) == bindparam("user"),
        col(AuthSession.revoked_at).is_(None),
        col(AuthSession.expires_at) > bindparam("now"),
        col(User.status) == UserStatus.ACTIVE.value,
    )
)
_MEMBERSHIPS = (
    select(
        TeamUser.id, TeamUser.team_id, TeamUser.role, col(Team.suspended_at).is_not(None).label("suspended")
    )
    .join(Team, col(Team.id) == col(TeamUser.team_id))
    .where(
        col(TeamUser.user_id) == bindparam("user"),
        col(TeamUser.status) == MemberStatus.ACTIVE.value,
    )
)
_MANAGED = select(QueueManager.queue_id).where(col(QueueManager.user_id) == bindparam("user"))


def read_identity(session: Session, user_id: str, session_id: str) -> Identity | None:
    """Read the identity of a live session. None: revoked, expired, or the user is not active."""
    live = session.execute(_SESSION, {"session": session_id, "user": user_id, "now": utcnow()}).one_or_none()
    if live is None:
        return None
    mine = {"user": user_id}
    rows = session.execute(_MEMBERSHIPS, mine).all()
    managed = session.execute(_MANAGED, mine).scalars()
    return _identity(user_id, session_id, live, rows, managed)


_SESSIONS = (
    sa_select(col(AuthSession.id), col(AuthSession.user_id), col(AuthSession.expires_at), col(User.email))
    .join(User, col(User.id) == col(AuthSession.user_id))
    .where(
        among(col(AuthSession.id), "sessions"),
        col(AuthSession.revoked_at).is_(None),
        col(AuthSession.expires_at) > bindparam("now"),
        col(User.status) == UserStatus.ACTIVE.value,
    )
)
_ALL_MEMBERSHIPS = (
    sa_select(
        col(TeamUser.user_id),
        col(TeamUser.id),
        col(TeamUser.team_id),
        col(TeamUser.role),
        col(Team.suspended_at).is_not(None).label("suspended"),
    )
    .join(Team, col(Team.id) == col(TeamUser.team_id))
    .where(among(col(TeamUser.user_id), "users"), col(TeamUser.status) == MemberStatus.ACTIVE.value)
)
_ALL_MANAGED = sa_select(col(QueueManager.user_id), col(QueueManager.queue_id)).where(
    among(col(QueueManager.user_id), "users")
)


def read_identities(session: Session, session_ids: Sequence[str]) -> dict[str, Identity]:
    """Read the identities of those of these sessions that are live, by three statements in all."""
    live = session.execute(_SESSIONS, {"sessions": session_ids, "now": utcnow()}).all()
    users = {"users": list({row.user_id for row in live})}
    found: dict[str, list[Any]] = {user: [] for user in users["users"]}
    for row in session.execute(_ALL_MEMBERSHIPS, users):
        found[row.user_id].append(row)
    managed: dict[str, set[str]] = {user: set() for user in found}
    for user, queue in session.execute(_ALL_MANAGED, users):
        managed[user].add(queue)
    return {
        row.id: _identity(row.user_id, row.id, row, found[row.user_id], managed[row.user_id]) for row in live
    }


def _identity(
    user_id: str,
    session_id: str,
    live: Any,
    rows: Iterable[Any],
    managed: Iterable[str],
) -> Identity:
    """`live`: when the session ends, and the user's address. `rows`: all memberships, also those of suspended teams."""
    found = {row.team_id: Membership(row.id, row.team_id, row.role) for row in rows if not row.suspended}
    suspended = frozenset(row.team_id for row in rows if row.suspended and row.role != Role.GUEST.value)
    guest = frozenset(team for team, member in found.items() if member.role == Role.GUEST.value)
    memberships = {team: member for team, member in found.items() if team not in guest}
    return Identity(
        user_id, session_id, live.expires_at, memberships, frozenset(managed), guest, suspended, live.email
    )


def watch() -> None:
    """Drop entries after each commit that changed who somebody is, in every session of this process."""
    event.listen(Session, "after_flush", _note_rows)
    event.listen(Session, "do_orm_execute", _note_statement)
    event.listen(Session, "after_commit", _drop_noted)
    event.listen(Session, "after_rollback", _forget_noted)


_NOTED = "identities changed"


def forget_everybody(session: Session) -> None:
    """Drop all entries once this transaction commits: it changes who may do what in another table."""
    session.info.setdefault(_NOTED, set()).add(EVERYBODY)


def _note_rows(session: Any, _context: Any) -> None:
    changed = [row for row in (*session.new, *session.dirty, *session.deleted) if isinstance(row, WATCHED)]
    if changed:
        users = {row.id if isinstance(row, User) else row.user_id for row in changed}
        session.info.setdefault(_NOTED, set()).update(users)


def _note_statement(state: ORMExecuteState) -> None:
    changes = state.is_update or state.is_delete
    if changes and state.bind_mapper is not None and issubclass(state.bind_mapper.class_, WATCHED):
        state.session.info.setdefault(_NOTED, set()).add(EVERYBODY)


WATCHED = (User, AuthSession, TeamUser, QueueManager)


def _drop_noted(session: Any) -> None:
    users = session.info.pop(_NOTED, None)
    if users:
        for identities in _ALL:
            identities.drop(users)
            identities.unsaid.extend(users)


def _forget_noted(session: Any) -> None:
    session.info.pop(_NOTED, None)


watch()
