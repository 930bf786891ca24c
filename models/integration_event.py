"""Events of users' calendars, and the meetings that belong to some of them.

The chat of a meeting has the id of its event. So the address of the meeting is known before either is made, and a
meeting has one id for guests, clients and the provider.
"""

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import UniqueConstraint, bindparam
from sqlmodel import Field, Session, and_, col, select

from models.base import ChangingRow, json_field, time_field, utcnow
from models.chat import Chat, ChatType, tell_of_chat
from models.chat_user import ChatUser, add_to_chat, make_chat, remove_from_chat
from models.guest import IS_GUEST, leave_chats
from models.outbox import emit_event
from models.shown import shown
from models.team import MemberStatus, Role, Team, TeamUser
from models.user import User
from switchroom.ids import parse_id
from switchroom.messages.events import to_chat, to_user

LONGEST_NAME = 1000
_LONGEST_CHAT_NAME = 100


class IntegrationEvent(ChangingRow, table=True):
    """An event of the calendar of an integration. One with a `team_id` is a meeting, which has a chat.

    `provider_id` None: the provider has been asked to make it, and has not answered. Such an event is in no list.
    """

    __tablename__ = "integration_events"
    __table_args__ = (UniqueConstraint("integration_id", "provider_id"),)

    integration_id: str = Field(foreign_key="integrations.id", max_length=32, ondelete="CASCADE")
    provider_id: str | None = Field(default=None, max_length=1024)
    revision: str = Field(default="", max_length=500)
    team_id: str | None = Field(
        default=None, foreign_key="teams.id", index=True, max_length=32, ondelete="SET NULL"
    )
    host_id: str | None = Field(default=None, foreign_key="users.id", max_length=32, ondelete="SET NULL")
    name: str = Field(default="", max_length=LONGEST_NAME)
    notes: str = ""
    """Without the meeting's address, which only the provider's event has."""
    location: str = Field(default="", max_length=1000)
    start_at: datetime = time_field(nullable=False)
    end_at: datetime = time_field(nullable=False)
    timezone: str = Field(default="UTC", max_length=64)
    """The name of a zone, or an offset such as `-0500`."""
    all_day: bool = False
    users: list[str] = json_field(list)
    """The members of the team who take part, beside the host and the calendar's owner: ids as clients see them."""
    guests: list[str] = json_field(list)
    """The addresses of all others who take part."""
    first_pin: int = 0
    """The PIN with which the chat of the meeting is made."""

    @property
    def user_ids(self) -> list[str]:
        """The same users by their bare ids."""
        return [id for text in self.users if (id := parse_id(text))]

    @property
    def people(self) -> list[str]:
        """The host and the users, by their bare ids."""
        return [*([self.host_id] if self.host_id else []), *self.user_ids]


SHOWN = {
    "id": "id",
    "integration": "integration_id",
    "team": "team_id",
    "host": "host_id",
    "name": "name",
    "notes": "notes",
    "location": "location",
    "start": "start_at",
    "end": "end_at",
    "timezone": "timezone",
    "all_day": "all_day",
    "users": "users",
    "guests": "guests",
    "created_at": "created_at",
    "updated_at": "updated_at",
}
"""Public name -> column: what all who take part see alike."""


def tell_of_event(session: Session, verb: str, event: IntegrationEvent, owner_id: str) -> None:
    """Tell the owner of the calendar, and who is in the meeting's chat, that the event was made, changed or deleted."""
    chat = meeting_of(session, event, owner_id)
    audience = to_chat(chat.team_id, chat.id, users=[owner_id]) if chat else to_user(owner_id)
    emit_event(session, "integrationevent", verb, event.id, shown(event, SHOWN), audience)


_FOLLOWS = (
    select(Chat)
    .join(ChatUser, col(ChatUser.chat_id) == col(Chat.id))
    .join(
        TeamUser,
        and_(col(TeamUser.team_id) == col(Chat.team_id), col(TeamUser.user_id) == col(ChatUser.user_id)),
    )
    .join(Team, col(Team.id) == col(Chat.team_id))
    .where(
        col(Chat.id) == bindparam("event"),
        col(ChatUser.user_id) == bindparam("owner"),
        col(TeamUser.status) == MemberStatus.ACTIVE.value,
        ~IS_GUEST,
        col(Team.suspended_at).is_(None),
    )
)


def meeting_of(session: Session, event: IntegrationEvent, owner_id: str) -> Chat | None:
    """Return the chat of the meeting. It follows the calendar as long as the calendar's owner is in it, as a member.

    None: the event is no meeting, its chat was deleted, or the owner has left it or the team.
    """
    if event.team_id is None:
        return None
    return session.exec(_FOLLOWS, params={"event": event.id, "owner": owner_id}).first()


def make_meeting(session: Session, event: IntegrationEvent, owner_id: str) -> Chat:
    """Make the chat of a meeting, with a room number and a PIN. It is locked, as every new chat is."""
    assert event.team_id is not None  # noqa: S101 - the caller has looked
    people = dict.fromkeys([owner_id, *event.people])
    return make_chat(
        session,
        event.team_id,
        ChatType.MEETING,
        active_members(session, event.team_id, people),
        owner_id=event.host_id or owner_id,
        id=event.id,
        conf_pin=event.first_pin,
        **_told_in_chat(event),
    )


def change_meeting(
    session: Session, event: IntegrationEvent, before: Collection[str], owner_id: str
) -> Chat | None:
    """Let the meeting's chat say what the event says, with its people. `before`: its people until now.

    None: the chat does not follow the calendar (`meeting_of`).
    """
    chat = meeting_of(session, event, owner_id)
    if chat is None:
        return None
    for name, value in _told_in_chat(event).items():
        setattr(chat, name, value)
    if event.host_id not in before:
        chat.owner_id = event.host_id
    if session.is_modified(chat):
        session.flush()
        tell_of_chat(session, "updated", chat)
    for user_id in active_members(session, chat.team_id, set(event.people) - set(before)):
        add_to_chat(session, chat, user_id)
    for user_id in set(before) - {owner_id, *event.people}:
        if session.get(ChatUser, (chat.id, user_id)) is not None:
            remove_from_chat(session, chat, user_id)
    return chat


def _told_in_chat(event: IntegrationEvent) -> dict[str, str | None]:
    return {"name": event.name[:_LONGEST_CHAT_NAME], "purpose": event.notes[:1000] or None}


def end_event(session: Session, event: IntegrationEvent, owner_id: str) -> None:
    """Delete the event, and archive the chat of its meeting."""
    chat = meeting_of(session, event, owner_id)
    if chat is not None and chat.archived_at is None:
        chat.archived_at = utcnow()
        session.flush()
        tell_of_chat(session, "updated", chat)
    tell_of_event(session, "destroyed", event, owner_id)
    session.delete(event)
    session.flush()


def remove_guests(session: Session, event: IntegrationEvent, emails: Collection[str], owner_id: str) -> None:
    """Take the guests with these addresses out of the meeting's chat."""
    chat = meeting_of(session, event, owner_id) if emails else None
    if chat is None:
        return
    there = (
        select(TeamUser.user_id)
        .join(User, col(User.id) == col(TeamUser.user_id))
        .where(IS_GUEST, col(TeamUser.team_id) == chat.team_id, col(User.email).in_(emails))
    )
    for user_id in session.exec(there).all():
        leave_chats(session, chat.team_id, user_id, chat.id)


def active_members(session: Session, team_id: str, user_ids: Iterable[str]) -> list[str]:
    """Return those of the users, in this order, who are active members of the team and no guests."""
    wanted = list(user_ids)
    found = set(
        session.exec(
            select(TeamUser.user_id).where(
                col(TeamUser.user_id).in_(wanted),
                col(TeamUser.team_id) == team_id,
                col(TeamUser.status) == MemberStatus.ACTIVE.value,
                col(TeamUser.role) != Role.GUEST.value,
            )
        )
    )
    return [user_id for user_id in wanted if user_id in found]


def members_by_address(session: Session, team_id: str, emails: Collection[str]) -> dict[str, str]:
    """Return the ids of the active members of the team who have one of these addresses, by address."""
    return dict(
        session.exec(
            select(User.email, User.id)
            .join(TeamUser, col(TeamUser.user_id) == col(User.id))
            .where(
                col(User.email).in_(emails),
                col(TeamUser.team_id) == team_id,
                col(TeamUser.status) == MemberStatus.ACTIVE.value,
                col(TeamUser.role) != Role.GUEST.value,
            )
        ).all()
    )


def addresses(session: Session, user_ids: Collection[str]) -> list[str]:
    """Return the addresses of these users, sorted."""
    return sorted(session.exec(select(User.email).where(col(User.id).in_(user_ids))))
