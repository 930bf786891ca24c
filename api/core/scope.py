"""What the caller may see: the rows of their own teams. Every query goes through here.

The id of another team's object is answered like one that does not exist: `NotFound`. Guests see nothing of a team but
the chats that they joined, and what is in these. Of chats, members too see only those that they are in. Members of a
suspended team see nothing of it, but are told why: `Forbidden`.

A statement that is the same for every caller is built once, as a constant. It names the caller by the parameters
`TEAMS`, `CHAT_TEAMS`, `ADMIN_TEAMS`, `MANAGED_QUEUES` and `USER`, whose values are `Scope.values`.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, TypeVar, cast

from sqlalchemy import BindParameter, ColumnElement, Select, bindparam, exists
from sqlalchemy import select as sa_select
from sqlmodel import Session, SQLModel, and_, col, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from api.core.audit_trail import Person, made_by
from api.core.errors import Forbidden, NotFound, Unauthenticated, ValidationFailed
from api.core.identities import Identity, Membership
from models import Agent, Chat, ChatUser, File, MemberStatus, Message, Role, Team, TeamUser, User
from switchroom.ids import parse_id
from switchroom.prepared import Prepared

Table = TypeVar("Table", bound=SQLModel)

TEAMS: BindParameter[Any] = bindparam("teams", expanding=True)
ADMIN_TEAMS: BindParameter[Any] = bindparam("admin_teams", expanding=True)
MANAGED_QUEUES: BindParameter[Any] = bindparam("managed_queues", expanding=True)
USER: BindParameter[Any] = bindparam("user")
CHAT_TEAMS: BindParameter[Any] = bindparam("chat_teams", expanding=True)
"""The teams of which the caller is a member or a guest."""

IN_CHAT = and_(
    col(ChatUser.chat_id) == col(Chat.id), col(ChatUser.user_id) == USER, col(Chat.team_id).in_(CHAT_TEAMS)
)
"""The caller's place in a chat: the condition of a statement that joins `Chat` and `ChatUser`."""
VISIBLE_CHATS = select(Chat).join(ChatUser, IN_CHAT)
"""The chats that the caller sees: those that they are in, of teams in which they are active."""
VISIBLE_CHAT_IDS = select(Chat.id).join(ChatUser, IN_CHAT).correlate(None)
"""The ids of the same: `where(Message.chat_id.in_(VISIBLE_CHAT_IDS))`."""
VISIBLE_FILES = select(File).where(
    or_(
        and_(col(File.user_id) == USER, col(File.team_id).in_(TEAMS)),
        exists().where(col(Message.file_id) == col(File.id), col(Message.chat_id).in_(VISIBLE_CHAT_IDS)),
    )
)
"""The files that the caller sees: their own as a member, and those that a message in their chats names."""

SUSPENDED = "The team is suspended. Ask those who operate this system"


@lru_cache
def of_callers_teams(model: type[Table]) -> SelectOfScalar[Table]:
    """Return the statement for all rows of the caller's teams. Its parameters are `Scope.values`."""
    return select(model).where(_team_column(model).in_(TEAMS))


class Scope:
    """What one caller sees of the database, in the request's transaction (`session`)."""

    def __init__(
        self,
        session: Session,
        identity: Identity,
        if_match: frozenset[str] | None = None,
        *,
        address: str = "",
    ) -> None:
        self.session = session
        made_by(session, Person(identity.user_id, identity.email, address))
        self.if_match = if_match
        """The ETags of which the object must have one before the caller changes it. None: any will do."""
        self.user_id = identity.user_id
        self.memberships: Mapping[str, Membership] = identity.memberships
        """The caller's active memberships that are more than a guest's, by team id."""
        self.team_ids = list(identity.memberships)
        self.chat_team_ids = [*identity.memberships, *identity.guest_team_ids]
        """Teams in which the caller may be in chats: also those of which they are a guest."""
        self.suspended_team_ids = identity.suspended_team_ids
        """Teams that an operator suspended: their members see nothing of them, but are told so."""
        self.admin_team_ids = [
            team for team, member in identity.memberships.items() if member.role == Role.ADMIN.value
        ]
        """Teams that the caller administers."""
        self.managed_queue_ids = identity.managed_queue_ids
        """Queues that the caller manages. Admins manage all of their team's without being listed here."""
        self._agent_ids: dict[str, frozenset[str]] = {}

    @property
    def values(self) -> dict[str, Any]:
        """The parameters of a constant statement that name the caller."""
        return {
            "teams": self.team_ids,
            "chat_teams": self.chat_team_ids,
            "admin_teams": self.admin_team_ids,
            "managed_queues": list(self.managed_queue_ids),
            "user": self.user_id,
        }

    @property
    def user(self) -> User:
        """The caller's own row. Raises Unauthenticated if it is gone."""
        user = self.session.get(User, self.user_id)
        if user is None:
            raise Unauthenticated
        return user

    def select(self, model: type[Table], *, admin_only: bool = False) -> SelectOfScalar[Table]:
        """Select all rows of the caller's teams, or of those only that they administer."""
        return select(model).where(
            _team_column(model).in_(self.admin_team_ids if admin_only else self.team_ids)
        )

    def get(self, model: type[Table], text: str, name: str) -> Table:
        """Return the row with this id, in any spelling. Raises NotFound(name) also for another team's."""
        found = parse_id(text)
        if found is not None:
            mine = {"id": found, "teams": self.team_ids}
            row: Table | None = self.session.execute(_one(model), mine).scalars().first()
            if row is not None:
                return row
            self.require_not_suspended(model, found)
        raise NotFound(name)

    def row(
        self, model: type[Table], text: str, name: str, columns: tuple[ColumnElement[Any], ...] = ()
    ) -> Table:
        """Return the same to read only: a plain row of these columns, by default of all.

        It is read in less time than an object of the session. An object, if the caller sent `If-Match`: it is locked
        before it is compared.
        """
        if self.if_match is not None and not columns:
            return self.get(model, text, name)
        found = parse_id(text)
        if found is not None:
            rows = _plain(model, columns).rows(self.session, {"id": found, "teams": self.team_ids})
            if rows:
                return cast(Table, rows[0])
            self.require_not_suspended(model, found)
        raise NotFound(name)

    def get_for_change(self, model: type[Table], text: str, name: str) -> Table:
        """Return the same. Raises also Forbidden unless the caller administers the row's team."""
        row = self.get(model, text, name)
        self.require_admin(str(_team_id(row)))
        return row

    def named(self, model: type[Table], value: str, field: str, *, team_id: str) -> Table:
        """Return the team's row that a body's field names by (parsed) id. Raises ValidationFailed for that field."""
        row = self.session.exec(
            select(model).where(_id_column(model) == value, _team_column(model) == team_id)
        ).first()
        if row is None or team_id not in self.memberships:
            raise ValidationFailed({field: "No such object in this team"})
        return row

    def chat(self, text: str) -> Chat:
        """Return a chat that the caller is in, by id. Raises NotFound. Another's chat is answered like none."""
        found = parse_id(text)
        if found is not None:
            one = VISIBLE_CHATS.where(col(Chat.id) == found)
            chat = self.session.exec(one, params=self.values).first()
            if chat is not None:
                return chat
        raise NotFound("chat")

    def chat_row(self, text: str) -> Chat:
        """Return the same to read only: a plain row of the table's columns."""
        found = parse_id(text)
        if found is not None:
            rows = _CHAT.rows(self.session, {**self.values, "chat": found})
            if rows:
                return cast(Chat, rows[0])
        raise NotFound("chat")

    def is_guest(self, team_id: str) -> bool:
        """Return whether the caller is a guest of this team, and no member."""
        return team_id not in self.memberships

    def chat_user(self, chat: Chat) -> ChatUser:
        """Return the caller's place in a chat that `chat` returned."""
        return self.session.get_one(ChatUser, (chat.id, self.user_id))

    def team(self, text: str) -> Team:
        """Return one of the caller's teams, by id or slug. Raises NotFound."""
        found = parse_id(text)
        mine = select(Team).where(col(Team.id).in_([*self.team_ids, *self.suspended_team_ids]))
        by = col(Team.id) == found if found else col(Team.slug) == text.lower()
        team = self.session.exec(mine.where(by)).first()
        if team is None:
            raise NotFound("team")
        if team.id in self.suspended_team_ids:
            raise Forbidden(SUSPENDED)
        return team

    def team_id(self, text: str) -> str:
        """Return the id of one of the caller's teams, by id or slug. Raises NotFound. Asks nothing for an id."""
        found = parse_id(text)
        return found if found is not None and found in self.memberships else self.team(text).id

    def chat_team_id(self, text: str) -> str:
        """Return the id of a team in which the caller may be in chats, also as a guest, by id or slug.

        Raises NotFound.
        """
        found = parse_id(text)
        if found in self.chat_team_ids:
            return str(found)
        guest_of = col(Team.id).in_([team for team in self.chat_team_ids if self.is_guest(team)])
        slug = col(Team.slug) == text.lower()
        as_guest = self.session.exec(select(Team.id).where(guest_of, slug)).first() if not found else None
        return as_guest or self.team(text).id

    def team_for(self, value: str | None, field: str = "team") -> str:
        """Return the team that a new object belongs to: as the body says, or the caller's only one.

        Raises ValidationFailed, which names the field, if it is not the caller's, or if it is missing and there are
        several.
        """
        if value in self.suspended_team_ids or (value is None and self.is_shut_out):
            raise Forbidden(SUSPENDED)
        if value is None:
            if len(self.memberships) != 1:
                raise ValidationFailed({field: "Required: you are in several teams or none"})
            return self.team_ids[0]
        if value not in self.memberships:
            raise ValidationFailed({field: "Not one of your teams"})
        return value

    @property
    def is_shut_out(self) -> bool:
        """Whether the caller would be in a team if all of theirs were not suspended."""
        return bool(self.suspended_team_ids) and not self.memberships

    def require_readable(self, statement: SelectOfScalar[Any]) -> None:
        """Raise Forbidden if this statement found nothing because all of the caller's teams are suspended."""
        if self.is_shut_out and TEAMS.key in statement.compile().params:
            raise Forbidden(SUSPENDED)

    def require_not_suspended(self, model: type[SQLModel], id: str | None) -> None:
        """Raise Forbidden if this row is one of a suspended team of the caller's."""
        if id is not None and self.suspended_team_ids:
            theirs = {"id": id, "teams": list(self.suspended_team_ids)}
            if self.session.execute(_one(model), theirs).first() is not None:
                raise Forbidden(SUSPENDED)

    def is_admin(self, team_id: str) -> bool:
        return team_id in self.admin_team_ids

    def require_admin(self, team_id: str) -> None:
        """Raise Forbidden unless the caller administers this team."""
        if not self.is_admin(team_id):
            raise Forbidden("Only an admin of the team may do this")

    def manages(self, queue_id: str, team_id: str) -> bool:
        """Return whether the caller is a manager of this queue or an admin of its team."""
        return self.is_admin(team_id) or queue_id in self.managed_queue_ids

    def agent_ids(self, team_id: str) -> frozenset[str]:
        """Return the ids of the caller's own agents in this team."""
        found = self._agent_ids.get(team_id)
        if found is None:
            rows = _AGENT_IDS.rows(self.session, {"team": team_id, "user": self.user_id})
            found = self._agent_ids[team_id] = frozenset(id for (id,) in rows)
        return found

    def member(self, team_id: str, text: str) -> TeamUser:
        """Return a member of one of the caller's teams, by the user's or the membership's id, active or not.

        Raises NotFound.
        """
        found = parse_id(text)
        if found is not None and team_id in self.memberships:
            row = self.session.exec(_member(team_id, found)).first()
            if row is not None:
                return row
        raise NotFound("user")

    def member_named(self, team_id: str, value: str, field: str) -> TeamUser:
        """Return the active member that a body's field names. Raises ValidationFailed for that field."""
        row = self.session.exec(_member(team_id, value)).first()
        if row is None or team_id not in self.memberships or row.status != MemberStatus.ACTIVE.value:
            raise ValidationFailed({field: "No such user in this team"})
        return row


_AGENT_IDS = Prepared(
    select(Agent.id).where(col(Agent.team_id) == bindparam("team"), col(Agent.user_id) == USER)
)
_CHAT = Prepared(
    VISIBLE_CHATS.where(col(Chat.id) == bindparam("chat")).with_only_columns(
        *Chat.__table__.columns,  # type: ignore[attr-defined]
        maintain_column_froms=True,
    ),
    named=True,
)


@lru_cache
def _one(model: type[SQLModel]) -> Select[Any]:
    """Return the statement for one row of the parameters `id` and `teams`."""
    return sa_select(model).where(_id_column(model) == bindparam("id"), _team_column(model).in_(TEAMS))


@lru_cache
def _plain(model: type[SQLModel], columns: tuple[ColumnElement[Any], ...]) -> Prepared:
    """Return the same for these columns, or for all of the table by their names."""
    wanted = columns or model.__table__.columns  # type: ignore[attr-defined]
    one = _one(model).with_only_columns(*wanted, maintain_column_froms=True)
    return Prepared(one, named=not columns)


def _member(team_id: str, value: str) -> SelectOfScalar[TeamUser]:
    either = or_(col(TeamUser.user_id) == value, col(TeamUser.id) == value)
    return select(TeamUser).where(col(TeamUser.team_id) == team_id, either)


def _team_column(model: type[SQLModel]) -> ColumnElement[Any]:
    column: ColumnElement[Any] = model.team_id  # type: ignore[attr-defined]
    return column


def _id_column(model: type[SQLModel]) -> ColumnElement[Any]:
    column: ColumnElement[Any] = model.id  # type: ignore[attr-defined]
    return column


def _team_id(row: SQLModel) -> str | None:
    value: str | None = row.team_id  # type: ignore[attr-defined]
    return value
