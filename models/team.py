"""Teams, their members and the invitations to join."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, Session, col, select

from models.base import ChangingRow, Row, json_field, time_field
from models.outbox import emit_event
from models.shown import shown
from switchroom.messages.events import Audience, to_user


class Role(StrEnum):
    ADMIN = "admin"
    MEMBER = "member"
    GUEST = "guest"


class MemberStatus(StrEnum):
    ACTIVE = "active"
    PENDING = "pending"
    DEACTIVATED = "deactivated"


NOT_STARTED, STARTED, DONE = "not-started", "started", "done"
"""How far a team has set its automatic reception up. It works from the first day: `started` says that somebody has
edited it, and `done` is what an admin says."""


class Team(ChangingRow, table=True):
    """`recording` is `all`, `none`, `notice` or `on-demand`; `retention_days` None means as the settings say."""

    __tablename__ = "teams"

    team_name: str = Field(unique=True, max_length=100)
    slug: str = Field(unique=True, max_length=100)
    owner_id: str = Field(foreign_key="users.id", index=True, max_length=32)
    country: str = Field(default="", max_length=100)
    state: str = Field(default="", max_length=100)
    city: str = Field(default="", max_length=100)
    timezone: str = Field(default="UTC", max_length=64)
    ref: str | None = Field(default=None, max_length=100)
    billing_id: int = Field(unique=True)
    number: int = Field(unique=True)
    """A short id for people and telephones."""
    activated: str = Field(default="pending", max_length=20)
    autoreception: str = Field(default=NOT_STARTED, max_length=20)
    main_number: str | None = Field(default=None, max_length=20)
    recording: str = Field(default="all", max_length=10)
    language: str = Field(default="en", max_length=20)
    priority_seconds: float = 300.0
    hold_music: str = Field(default="default", max_length=40)
    """What held and parked callers hear, unless their queue has its own: a class, or music that the team uploaded."""
    retention_days: int | None = None
    password_min_length: int | None = None
    suspended_at: datetime | None = time_field()
    """When an operator suspended the team; None: it works."""
    quotas: dict[str, int] = json_field(dict)
    """The team's own limits by kind; the settings have the others (`api.core.quotas`)."""


class TeamUser(ChangingRow, table=True):
    """A membership. Its SIP account is `sip_username` with the password `extension_secret`."""

    __tablename__ = "team_users"
    __table_args__ = (UniqueConstraint("team_id", "user_id"), UniqueConstraint("team_id", "extension"))

    team_id: str = Field(foreign_key="teams.id", max_length=32, ondelete="CASCADE")
    user_id: str = Field(foreign_key="users.id", index=True, max_length=32, ondelete="CASCADE")
    role: str = Field(default=Role.MEMBER.value, max_length=10)
    status: str = Field(default=MemberStatus.ACTIVE.value, max_length=20)
    position: str = Field(default="", max_length=100)
    extension: str | None = Field(default=None, max_length=6)
    sip_username: str | None = Field(default=None, unique=True, max_length=40)
    extension_secret: str | None = Field(default=None, max_length=64)
    caller_id_name: str | None = Field(default=None, max_length=80)
    caller_id_number: str | None = Field(default=None, max_length=20)
    forward: bool = False
    """Whether every call goes to `forward_number`."""
    forward_number: str | None = Field(default=None, max_length=20)
    """A telephone number, an extension or `voicemail`, as in the three below."""
    forward_busy: str | None = Field(default=None, max_length=20)
    forward_no_answer: str | None = Field(default=None, max_length=20)
    forward_unregistered: str | None = Field(default=None, max_length=20)
    do_not_disturb: bool = False
    ring_seconds: float = 30.0
    """How long the member's phones ring for colleagues."""
    in_directory: bool = True
    """Whether callers find the member by name."""
    voicemail: bool = True
    notification: bool = True
    work_number: str | None = Field(default=None, max_length=20)
    home_number: str | None = Field(default=None, max_length=20)
    mobile_number: str | None = Field(default=None, max_length=20)
    website: str | None = Field(default=None, max_length=2000)
    plan_id: str | None = Field(default=None, max_length=32)
    """`models.plan`; None: the default plan."""
    location: str = Field(default="", max_length=300)
    """Where the member's telephone stands: what the police must know. Calls to emergency numbers keep it."""
    accepted_at: datetime | None = time_field()


def sip_username(extension: str, team_id: str) -> str:
    """The SIP account's name, as the dialplan forms it too: `e<extension>t<last 12 digits of the team's
    id>`.
    """
    return f"e{extension}t{team_id[-12:]}"


class Invite(Row, table=True):
    """An invitation by mail. `token_hash` is the SHA-256 of the token in the mail, which proves the address.

    `shown_hash` is that of another token, which an admin of the team was shown. It proves nothing.
    """

    __tablename__ = "invites"

    team_id: str = Field(foreign_key="teams.id", index=True, max_length=32, ondelete="CASCADE")
    user_id: str = Field(foreign_key="users.id", index=True, max_length=32, ondelete="CASCADE")
    email: str = Field(max_length=254)
    token_hash: str = Field(unique=True, max_length=64)
    shown_hash: str | None = Field(default=None, unique=True, max_length=64)
    invited_by: str | None = Field(default=None, foreign_key="users.id", max_length=32, ondelete="SET NULL")
    expires_at: datetime = time_field(nullable=False)
    accepted_at: datetime | None = time_field()


SHOWN_OF_INVITE = {
    "id": "id",
    "team": "team_id",
    "user_id": "user_id",
    "email": "email",
    "invited_by": "invited_by",
    "expires_at": "expires_at",
    "accepted_at": "accepted_at",
    "created_at": "created_at",
}
"""Public name -> column."""


def lock_numbers(session: Session, team_id: str) -> None:
    """Let one transaction at a time give out the numbers of the team that phones dial: extensions, mailboxes.

    The team's row is the lock. SQLite's transaction is one itself.
    """
    session.exec(select(Team.id).where(col(Team.id) == team_id).with_for_update()).one()


def tell_of_invite(session: Session, verb: str, invite: Invite, **more: Any) -> None:
    """Tell the clients of the team's admins, and those of the invited user, of an invitation. `more`: further fields.

    The invited user is not in the team yet.
    """
    session.flush()
    told = {**shown(invite, SHOWN_OF_INVITE), **more}
    admins = Audience(team=invite.team_id, admins=True, but=invite.user_id)
    for audience in (admins, to_user(invite.user_id)):
        emit_event(session, "invite", verb, invite.id, told, audience)


def withdraw_invites(session: Session, team_id: str, user_id: str) -> None:
    """Delete the user's open invitations to the team, and tell clients."""
    # Of two who invite the user at once, the later one waits here, and finds the other's invitation.
    here = select(TeamUser.id).where(col(TeamUser.team_id) == team_id, col(TeamUser.user_id) == user_id)
    session.exec(here.with_for_update(key_share=True)).first()
    mine = select(Invite).where(col(Invite.team_id) == team_id, col(Invite.user_id) == user_id)
    for invite in session.exec(mine.where(col(Invite.accepted_at).is_(None))):
        tell_of_invite(session, "destroyed", invite)
        session.delete(invite)


class WrapUpCode(Row, table=True):
    """A reason that agents choose for a finished call."""

    __tablename__ = "wrap_up_codes"
    __table_args__ = (UniqueConstraint("team_id", "code"),)

    team_id: str = Field(foreign_key="teams.id", max_length=32, ondelete="CASCADE")
    code: str = Field(max_length=40)
    name: str = Field(max_length=100)


def local_day(session: Session, team_id: str, moment: datetime) -> str:
    """Return the day (`2026-03-02`) that a moment belongs to in the team's time zone."""
    zone = session.get_one(Team, team_id).timezone
    return moment.astimezone(ZoneInfo(zone)).date().isoformat()
