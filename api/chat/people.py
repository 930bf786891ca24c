"""The people of chats: members of the team and guests, as `populate` shows them."""

from collections.abc import Iterable, Sequence
from typing import Annotated, Any

from sqlalchemy import bindparam
from sqlmodel import Session, and_, col, select

from api.conventions.answers import Answer, Column, PublicId, Time
from api.conventions.resource import Resource, Shown
from models import Chat, ChatUser, MemberStatus, Role, TeamUser, User
from models.among import among
from switchroom.prepared import Prepared


class PersonSummary(Answer):
    """A member of the team or a guest: their membership, and the user behind it."""

    id: Annotated[PublicId, Column("user_id")]
    """The user's id."""
    user: PublicId
    teamUserId: Annotated[PublicId, Column("id")]
    """The membership's id."""
    team: PublicId
    role: Role
    status: MemberStatus
    position: str
    notification: bool
    work_number: str | None
    home_number: str | None
    mobile_number: str | None
    website: str | None
    plan: PublicId | None
    """Null: the default plan."""
    caller_id_name: str | None
    caller_id_number: str | None
    voicemail: bool
    forward: bool
    forward_number: str | None
    accepted: Annotated[Time | None, Column("accepted_at")]
    created_at: Time
    first_name: Annotated[str, Column(User.first_name)]
    last_name: Annotated[str, Column(User.last_name)]
    color: Annotated[str, Column(User.color)]
    avatar: Annotated[str | None, Column(User.avatar)]
    thumb_url: Annotated[str | None, Column(User.avatar)]
    email: Annotated[str, Column(User.email)]
    state: Annotated[str, Column(User.state)]
    last_login: Annotated[Time | None, Column(User.last_login_at)]


class PersonAnswer(PersonSummary):
    """A person with what the document shows of them and this product does not keep."""

    extension: list[str]
    """The member's extension, or none."""
    routes: list[PublicId]
    """Always empty."""
    deleted_at: None
    latitude: None
    longitude: None
    theme: None
    defaultCalendar: PublicId | None
    defaultContacts: PublicId | None


PERSON = Resource(
    "user",
    PersonSummary,
    TeamUser,
    search=("first_name", "last_name", "email"),
    more={"_extension": TeamUser.extension},
)
"""A person of a team. Statements join `User`."""

_NOT_KEPT: dict[str, Any] = {
    "deleted_at": None,
    "latitude": None,
    "longitude": None,
    "theme": None,
    "defaultCalendar": None,
    "defaultContacts": None,
}
OF_TEAMS = select(TeamUser).join(User, col(User.id) == col(TeamUser.user_id))
_FOUND = Prepared(
    OF_TEAMS.where(
        among(TeamUser.team_id, "people_teams"), among(TeamUser.user_id, "people")
    ).with_only_columns(*PERSON.read_columns, maintain_column_froms=True)
)
_ACTIVE_IN_CHATS = (
    OF_TEAMS.join(ChatUser, col(ChatUser.user_id) == col(TeamUser.user_id))
    .join(Chat, and_(col(Chat.id) == col(ChatUser.chat_id), col(Chat.team_id) == col(TeamUser.team_id)))
    .where(col(TeamUser.status) == MemberStatus.ACTIVE.value)
)
_IN_CHATS = Prepared(
    _ACTIVE_IN_CHATS.where(among(Chat.id, "chats"))
    .order_by(col(ChatUser.joined_at), col(TeamUser.id))
    .with_only_columns(col(Chat.id), *PERSON.read_columns, maintain_column_froms=True)
)
OF_CHAT = _ACTIVE_IN_CHATS.where(col(Chat.id) == bindparam("chat"))
"""The active people who are in the chat."""


def people(session: Session, team_id: str, user_ids: Iterable[str]) -> dict[str, Shown]:
    """Return these users as members or guests of the team, by their (bare) ids. It is one statement."""
    return {user: person for (_, user), person in people_of(session, {team_id}, user_ids).items()}


def people_of(
    session: Session, team_ids: Iterable[str], user_ids: Iterable[str]
) -> dict[tuple[str, str], Shown]:
    """Return these users as people of these teams, by the (bare) ids of team and user. It is one statement."""
    wanted = list(dict.fromkeys(user_ids))
    if not wanted:
        return {}
    rows = _FOUND.rows(session, {"people_teams": list(team_ids), "people": wanted})
    return {(person["team"][1:], person["user"][1:]): completed(person) for person in PERSON.shown(rows)}


def people_in(session: Session, chat_ids: Sequence[str]) -> dict[str, list[Shown]]:
    """Return the active people of each of these chats, in the order of joining. It is one statement."""
    found: dict[str, list[Shown]] = {id: [] for id in chat_ids}
    rows = _IN_CHATS.rows(session, {"chats": chat_ids}) if chat_ids else ()
    for row, person in zip(rows, PERSON.shown([row[1:] for row in rows]), strict=True):
        found[row[0]].append(completed(person))
    return found


def completed(person: Shown) -> Shown:
    """Make a whole answer of what `PERSON` reads."""
    extension = person.pop("_extension")
    return {**person, **_NOT_KEPT, "extension": [extension] if extension else [], "routes": []}
