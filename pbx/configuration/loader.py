"""Loading the configuration from the database as the core's values. The event loop never waits for the database."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Engine, and_, or_
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import Select, SelectOfScalar

from models import (
    Agent,
    CallRoute,
    Department,
    DepartmentUser,
    DidNumber,
    Mailbox,
    MemberStatus,
    OutboundLimits,
    PromptKind,
    PromptState,
    Queue,
    QueueAgent,
    Team,
    TeamUser,
    TrunkRule,
    UploadedPrompt,
    User,
    UserStatus,
    contact_attributes,
    trunk_rules,
)
from models.inbox_contact import person_by_number
from pbx.configuration import mailboxes
from pbx.configuration.open_work import open_work
from pbx.configuration.rooms import find_room
from pbx.configuration.rows import (
    agent_config,
    agent_status,
    department_config,
    is_plain,
    mailbox_config,
    number_config,
    queue_config,
    route_config,
    team_config,
    user_config,
)
from pbx.configuration.todays_stays import todays_stays
from pbx.configuration.uploads import Uploaded, uploaded
from routing.commands import FindRoom
from routing.config import ConfigItem
from routing.events import AgentStatusSet, ConfigChanged, StaysCounted, StoredMessage, WorkEntered
from routing.rooms import RoomEntry
from switchroom.database import ping, session
from switchroom.messages.commands import ConfigKind
from switchroom.settings import Settings

log = logging.getLogger(__name__)

TeamRow = tuple[Team, dict[str, OutboundLimits], list[TrunkRule], Settings]
T = TypeVar("T")
R = TypeVar("R")

RETRY_SECONDS = 1.0
DATABASE_AWAY = (SQLAlchemyError, OSError)


@dataclass(frozen=True, slots=True)
class Loaded:
    """The configuration of all teams, the agents' statuses as their rows have them, today's stays in queues, and the
    conversations that agents are to look after."""

    items: tuple[ConfigItem, ...] = ()
    statuses: tuple[AgentStatusSet, ...] = ()
    stays: tuple[StaysCounted, ...] = ()
    work: tuple[WorkEntered, ...] = ()


class Database:
    """Reads the configuration. Every method blocks, so call it in a thread, and may raise one of `DATABASE_AWAY`.

    A row that makes no valid value, since someone changed it past the api, is logged and left out. The others load.
    """

    def __init__(self, engine: Engine, settings: Settings) -> None:
        """`settings` say what teams may do where no operator decided."""
        self._engine = engine
        self._settings = settings

    def ping(self) -> None:
        ping(self._engine)

    def load(self) -> Loaded:
        """Load everything."""
        with session(self._engine, readonly=True) as db:
            agents = [(agent, member) for agent, member in db.exec(_active_agents())]
            known = {agent.id for agent, _ in agents}
            members = db.exec(select(QueueAgent)).all()
            items: list[ConfigItem] = [
                *_made(team_config, self._with_limits(db, db.exec(select(Team)).all())),
                *_made(user_config, db.exec(_active_members()).all()),
                *_made(department_config, _with_users(db, db.exec(select(Department)).all())),
                *_made(mailbox_config, _with_sounds(db, db.exec(select(Mailbox)).all())),
                *_made(agent_config, agents),
                *_made(queue_config, _with_members(db.exec(select(Queue)).all(), members)),
                *_made(route_config, db.exec(select(CallRoute)).all()),
                *_made(number_config, db.exec(_numbers_in_service()).all()),
            ]
            own = [m for m in members if m.status is not None and m.agent_id in known]
            return Loaded(
                tuple(items),
                (*_made(agent_status, [agent for agent, _ in agents]), *_made(agent_status, own)),
                todays_stays(db, db.exec(select(Queue)).all()),
                open_work(db),
            )

    def load_one(self, kind: ConfigKind, id: str) -> ConfigChanged:
        """Load one object as it is now. One that is gone is returned as removed."""
        with session(self._engine, readonly=True) as db:
            items: list[ConfigItem] = []
            match kind:
                case "team":
                    items = _made(team_config, self._with_limits(db, _one(db.get(Team, id))))
                case "agent":
                    found = db.exec(_active_agents().where(col(Agent.id) == id)).all()
                    items = _made(agent_config, [(agent, member) for agent, member in found])
                case "user":
                    items = _made(user_config, db.exec(_active_members().where(col(TeamUser.id) == id)).all())
                case "department":
                    items = _made(department_config, _with_users(db, _one(db.get(Department, id))))
                case "mailbox":
                    items = _made(mailbox_config, _with_sounds(db, _one(db.get(Mailbox, id))))
                case "queue":
                    members = db.exec(select(QueueAgent).where(col(QueueAgent.queue_id) == id)).all()
                    items = _made(queue_config, _with_members(_one(db.get(Queue, id)), members))
                case "route":
                    items = _made(route_config, _one(db.get(CallRoute, id)))
                case "number":
                    numbers = db.exec(_numbers_in_service().where(col(DidNumber.id) == id)).all()
                    items = _made(number_config, numbers)
            return ConfigChanged(tuple(items)) if items else ConfigChanged(removed=(id,))

    def _with_limits(self, db: Session, teams: Iterable[Team]) -> list[TeamRow]:
        rows = list(teams)
        wanted = select(OutboundLimits).where(col(OutboundLimits.team_id).in_([row.id for row in rows]))
        found: dict[str, dict[str, OutboundLimits]] = {row.id: {} for row in rows}
        for limits in db.exec(wanted if len(rows) == 1 else select(OutboundLimits)):
            found[limits.team_id][limits.decided_by] = limits
        rules = trunk_rules(db, [row.id for row in rows])
        return [(row, found[row.id], rules[row.id], self._settings) for row in rows]

    def find_contact(self, team: str, number: str) -> dict[str, str] | None:
        """Return what is known of the team's contact with this number (E.164), or None if there is no such contact."""
        with session(self._engine, readonly=True) as db:
            found = person_by_number(db, team, number)
            return None if found is None else contact_attributes(found)

    def messages(self, team: str, kind: str, owner: str) -> tuple[StoredMessage, ...]:
        """Return what can be heard in a mailbox, in the order in which it is read out."""
        with session(self._engine, readonly=True) as db:
            return mailboxes.messages(db, team, kind, owner)

    def pin_of(self, team: str, kind: str, owner: str, user: str) -> tuple[str | None, bool]:
        """Return the hash of a mailbox's PIN, and whether this user may open it with the PIN."""
        with session(self._engine, readonly=True) as db:
            return mailboxes.pin_of(db, team, kind, owner, user)

    def numbers_of(self, team: str, kind: str, owner: str) -> tuple[str | None, ...]:
        """Return the numbers by which a mailbox is reached."""
        with session(self._engine, readonly=True) as db:
            return mailboxes.numbers_of(db, team, kind, owner)

    def place_of(self, voicemail: str) -> mailboxes.Place | None:
        """Return where the audio of a voicemail is; None: it is gone."""
        with session(self._engine, readonly=True) as db:
            return mailboxes.place_of(db, voicemail)

    def phones_of(self, team: str, kind: str, owner: str) -> list[str]:
        """Return the SIP accounts whose lamps a mailbox lights."""
        with session(self._engine, readonly=True) as db:
            return mailboxes.phones_of(db, team, kind, owner)

    def lights(self, phones: Iterable[str]) -> dict[str, mailboxes.Light]:
        """Return what the lamps of these SIP accounts show."""
        with session(self._engine, readonly=True) as db:
            return mailboxes.lights(db, phones)

    def find_room(self, asked: FindRoom) -> RoomEntry | None:
        """Return what opens the conference that a caller asks for; None: nothing does."""
        with session(self._engine, readonly=True) as db:
            return find_room(db, self._settings, asked)

    def uploads(self) -> Uploaded:
        """Return the prompts that teams uploaded."""
        with session(self._engine, readonly=True) as db:
            return uploaded(db)


class Reloader:
    """Loads changed objects, or everything, one after another: what is loaded later is newer. While the database is
    away it tries again every second.

    `reload` returns at once. `apply` and `replace` are called with each result on the event loop.
    """

    def __init__(
        self,
        database: Database,
        apply: Callable[[ConfigChanged], None],
        replace: Callable[[Loaded], None],
    ) -> None:
        self._database = database
        self._apply = apply
        self._replace = replace
        self._wanted: dict[tuple[ConfigKind, str], None] = {}
        self._work = asyncio.Event()
        self.available = True

    def reload(self, kind: ConfigKind, id: str) -> None:
        """Ask for this object. Several requests for one object that waits are one."""
        self._wanted[kind, id] = None
        self._work.set()

    async def run(self, *, everything: bool) -> None:
        """Load what was asked for, for ever; first `everything`, if so."""
        if everything:
            self._replace(await self.load_all())
        while True:
            await self._work.wait()
            self._work.clear()
            while self._wanted:
                kind, id = next(iter(self._wanted))
                del self._wanted[kind, id]
                self._apply(await self._load(kind, id))

    async def load_all(self) -> Loaded:
        """Load everything. Waits until the database answers."""
        return await self._patiently(self._database.load)

    async def _load(self, kind: ConfigKind, id: str) -> ConfigChanged:
        return await self._patiently(lambda: self._database.load_one(kind, id))

    async def _patiently(self, read: Callable[[], T]) -> T:
        while True:
            try:
                result = await asyncio.to_thread(read)
            except DATABASE_AWAY as error:
                if self.available:
                    log.error(
                        "the database is away: using the configuration in memory", extra={"why": _kind(error)}
                    )
                self.available = False
                await asyncio.sleep(RETRY_SECONDS)
            else:
                self.available = True
                return result


def _made(make: Callable[[R], T], rows: Iterable[R]) -> list[T]:
    made = []
    for row in rows:
        try:
            made.append(make(row))
        except (ValueError, TypeError, KeyError) as error:
            log.error("a row makes no valid configuration", extra={"row": _row_id(row), "why": _kind(error)})
    return made


def _row_id(row: object) -> str:
    row = row[0] if isinstance(row, tuple) else row
    return f"{type(row).__name__} {getattr(row, 'id', '?')}"


def _kind(error: Exception) -> str:
    """Say what is wrong without the values, which may be personal."""
    return type(error).__name__


def _active_agents() -> Select[Agent, TeamUser]:
    """Select agents with their memberships. A user who is not an active member takes no calls and is no agent."""
    return (
        select(Agent, TeamUser)
        .join(
            TeamUser,
            and_(col(TeamUser.team_id) == col(Agent.team_id), col(TeamUser.user_id) == col(Agent.user_id)),
        )
        .join(User, col(User.id) == col(Agent.user_id))
        .where(
            col(TeamUser.status) == MemberStatus.ACTIVE.value,
            col(User.status) == UserStatus.ACTIVE.value,
        )
    )


def _active_members() -> Select[TeamUser, User]:
    """Select active members, also those whom an operator suspended: the core hangs up what is forwarded to them."""
    return (
        select(TeamUser, User)
        .join(User, col(User.id) == col(TeamUser.user_id))
        .where(
            col(TeamUser.status) == MemberStatus.ACTIVE.value,
            col(User.status) != UserStatus.PENDING.value,
        )
    )


def _numbers_in_service() -> SelectOfScalar[DidNumber]:
    """Select the numbers of teams and users that no operator has suspended."""
    return (
        select(DidNumber)
        .join(Team, col(Team.id) == col(DidNumber.team_id))
        .join(User, col(User.id) == col(DidNumber.user_id), isouter=True)
        .where(
            col(Team.suspended_at).is_(None),
            or_(col(User.id).is_(None), col(User.status) != UserStatus.DEACTIVATED.value),
        )
    )


def _with_users(db: Session, departments: Iterable[Department]) -> list[tuple[Department, list[str]]]:
    rows = list(departments)
    users = select(DepartmentUser).where(col(DepartmentUser.department_id).in_([row.id for row in rows]))
    found: dict[str, list[str]] = {row.id: [] for row in rows}
    for place in db.exec(users.order_by(col(DepartmentUser.id))):
        found[place.department_id].append(place.user_id)
    return [(row, found[row.id]) for row in rows]


def _with_sounds(db: Session, mailboxes: Iterable[Mailbox]) -> list[tuple[Mailbox, set[str]]]:
    """Return the mailboxes that the core is to know, with the uploads of their teams that can be played."""
    rows = [row for row in mailboxes if not is_plain(row)]
    if not any(row.greetings for row in rows):
        return [(row, set()) for row in rows]
    ready = select(UploadedPrompt.id).where(
        UploadedPrompt.state == PromptState.READY.value,
        UploadedPrompt.kind != PromptKind.MUSIC.value,
        col(UploadedPrompt.team_id).in_({row.team_id for row in rows}),
    )
    sounds = set(db.exec(ready))
    return [(row, sounds) for row in rows]


def _one(row: R | None) -> list[R]:
    return [] if row is None else [row]


def _with_members(
    queues: Iterable[Queue], members: Iterable[QueueAgent]
) -> list[tuple[Queue, list[QueueAgent]]]:
    by_queue: dict[str, list[QueueAgent]] = {}
    for member in members:
        by_queue.setdefault(member.queue_id, []).append(member)
    return [(queue, by_queue.get(queue.id, [])) for queue in queues]
