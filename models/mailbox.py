"""Mailboxes: where the voicemails of a member, a department, a queue or a team are kept, and what is done with them.

A trigger makes the row with its owner, and another one deletes it. So every owner has exactly one, whoever made them.
"""

from enum import StrEnum
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, Session, col, select

from models.agent import Agent
from models.base import ChangingRow, json_field
from models.department import DepartmentUser
from models.outbox import emit_command
from models.queue import QueueAgent, QueueManager
from models.team import MemberStatus, Role, TeamUser
from switchroom.messages.commands import CountMessages, ReloadConfig


class MailboxKind(StrEnum):
    """Whose mailbox it is; `owner_id` says which."""

    USER = "user"
    DEPARTMENT = "department"
    QUEUE = "queue"
    TEAM = "team"


class GreetingKind(StrEnum):
    """When a greeting is played. `temporary` comes before the others for as long as it is there."""

    UNAVAILABLE = "unavailable"
    BUSY = "busy"
    TEMPORARY = "temporary"
    NAME = "name"
    """No greeting, but the member's name, as they say it: the directory names them by it. Only in a user's mailbox."""


class Mailbox(ChangingRow, table=True):
    """`docs/voicemail.md` says what each setting means."""

    __tablename__ = "mailboxes"
    __table_args__ = (
        UniqueConstraint("team_id", "kind", "owner_id"),
        UniqueConstraint("team_id", "number"),
        Index("ix_mailboxes_owner_id", "owner_id"),
    )

    team_id: str = Field(foreign_key="teams.id", max_length=32, ondelete="CASCADE")
    kind: str = Field(max_length=10)
    owner_id: str = Field(max_length=32)
    """The user's, department's, queue's or team's id."""
    number: str | None = Field(default=None, max_length=6)
    """By which phones reach it with `*98`. A user's mailbox is reached by the extension."""
    greetings: dict[str, Any] = json_field(dict)
    """`GreetingKind` -> a sound or a text, as the settings of blocks have them. An upload is `uploads/<id>`."""
    pin_hash: str | None = Field(default=None, max_length=200)
    announce_time: bool = True
    shared: bool = False
    light: bool = False
    email_on: bool = False
    email: str | None = Field(default=None, max_length=254)
    email_audio: bool = True
    email_transcript: bool = True
    retention_days: int | None = None


def mailbox_of(session: Session, team_id: str, kind: str, owner_id: str) -> Mailbox | None:
    """Return the mailbox of a user, department, queue or team."""
    mine = select(Mailbox).where(
        Mailbox.team_id == team_id, Mailbox.kind == kind, Mailbox.owner_id == owner_id
    )
    return session.exec(mine).first()


def hearers(session: Session, team_id: str, kind: str, owner_id: str, *, shared: bool) -> list[str]:
    """Return the users who look after a mailbox: they hear its messages and are told of them.

    These are the user; the members of the department, if it is `shared`; the queue's managers and, if it is shared, its
    agents; the admins of the team where there are none of these.
    """
    members = select(TeamUser.user_id).where(
        TeamUser.team_id == team_id,
        TeamUser.status == MemberStatus.ACTIVE.value,
        TeamUser.role != Role.GUEST.value,
    )
    if kind == MailboxKind.USER:
        return list(session.exec(members.where(TeamUser.user_id == owner_id)))
    found: set[str] = set()
    if kind == MailboxKind.QUEUE:
        found |= set(session.exec(select(QueueManager.user_id).where(QueueManager.queue_id == owner_id)))
    if kind == MailboxKind.QUEUE and shared:
        agents = select(Agent.user_id).join(QueueAgent, col(QueueAgent.agent_id) == col(Agent.id))
        found |= set(session.exec(agents.where(QueueAgent.queue_id == owner_id)))
    if kind == MailboxKind.DEPARTMENT and shared:
        inside = select(DepartmentUser.user_id).where(DepartmentUser.department_id == owner_id)
        found |= set(session.exec(inside))
    there = session.exec(members.where(col(TeamUser.user_id).in_(found))).all() if found else ()
    return list(there or session.exec(members.where(TeamUser.role == Role.ADMIN.value)))


def hearers_of(session: Session, team_id: str, kind: str, owner_id: str) -> list[str]:
    """Return the same of the mailbox as its row says. A mailbox that is gone is not shared."""
    row = mailbox_of(session, team_id, kind, owner_id)
    return hearers(session, team_id, kind, owner_id, shared=row is not None and row.shared)


def mailbox_changed(session: Session, mailbox: Mailbox) -> None:
    """Let the engine load the mailbox's settings again."""
    emit_command(session, ReloadConfig(kind="mailbox", id=mailbox.id))


def mailbox_counts_again(session: Session, mailbox: Mailbox) -> None:
    """Let the engine set the lights of this mailbox again: who looks after it may have changed."""
    told = CountMessages(team=mailbox.team_id, mailbox_kind=mailbox.kind, mailbox=mailbox.owner_id)
    emit_command(session, told)
