"""Inbox teams: saved filters of conversations, with members.

Each names one channel or more. A new message asks for the teams of its channel only, so what it costs depends on how
many teams listen to the channel, and not on how many conversations there are.
"""

from typing import Any

from sqlmodel import Field, Session, SQLModel, col, func, select

from models.base import ChangingRow, json_field
from models.contact import Contact
from models.conversation import Conversation, ConversationRead
from models.inbox_contact import InboxContactTag


class InboxTeam(ChangingRow, table=True):
    """`query`: the filter, with ids of 32 digits. Its channels stand in `InboxTeamChannel`, too."""

    __tablename__ = "inbox_teams"

    team_id: str = Field(foreign_key="teams.id", index=True, max_length=32, ondelete="CASCADE")
    name: str = Field(max_length=100)
    query: dict[str, Any] = json_field(dict)


class InboxTeamChannel(SQLModel, table=True):
    """A channel that an inbox team listens to."""

    __tablename__ = "inbox_team_channels"

    channel_id: str = Field(
        foreign_key="inbox_channels.id", primary_key=True, max_length=32, ondelete="CASCADE"
    )
    inbox_team_id: str = Field(
        foreign_key="inbox_teams.id", primary_key=True, index=True, max_length=32, ondelete="CASCADE"
    )


class InboxTeamMember(SQLModel, table=True):
    """A user in an inbox team."""

    __tablename__ = "inbox_team_members"

    inbox_team_id: str = Field(
        foreign_key="inbox_teams.id", primary_key=True, max_length=32, ondelete="CASCADE"
    )
    user_id: str = Field(
        foreign_key="users.id", primary_key=True, index=True, max_length=32, ondelete="CASCADE"
    )


def teams_that_want(session: Session, conversation: Conversation, contact: Contact) -> list[str]:
    """Return the ids of the inbox teams whose filter the conversation meets now, sorted."""
    listening = (
        select(InboxTeam)
        .join(InboxTeamChannel, col(InboxTeamChannel.inbox_team_id) == col(InboxTeam.id))
        .where(col(InboxTeamChannel.channel_id) == conversation.channel_id)
    )
    teams = session.exec(listening).all()
    if not teams:
        return []
    tags: set[str] = set()
    if any(team.query.get("contact_tag_ids") for team in teams):
        on_contact = select(InboxContactTag.tag_id).where(col(InboxContactTag.contact_id) == contact.id)
        tags = set(session.exec(on_contact))
    counted = [team.id for team in teams if _counts(team.query)]
    seen = _seen_by(session, conversation.id, counted) if counted else {}
    name = f"{contact.first_name} {contact.last_name}".strip()
    return sorted(
        team.id
        for team in teams
        if _fits(
            team.query,
            contact_id=contact.id,
            name=name,
            state=conversation.state,
            tags=tags,
            unread=conversation.inbound_count - seen.get(team.id, 0),
        )
    )


def _counts(query: dict[str, Any]) -> bool:
    return any(query.get(f"{bound}_unread_message_count") is not None for bound in ("min", "max"))


def _seen_by(session: Session, conversation_id: str, inbox_team_ids: list[str]) -> dict[str, int]:
    """Return how much the member of each inbox team who has read most of the conversation has read."""
    most = (
        select(InboxTeamMember.inbox_team_id, func.max(ConversationRead.seen))
        .join(ConversationRead, col(ConversationRead.user_id) == col(InboxTeamMember.user_id))
        .where(
            col(ConversationRead.conversation_id) == conversation_id,
            col(InboxTeamMember.inbox_team_id).in_(inbox_team_ids),
        )
        .group_by(col(InboxTeamMember.inbox_team_id))
    )
    return dict(session.exec(most).all())


def _fits(
    query: dict[str, Any], *, contact_id: str, name: str, state: str, tags: set[str], unread: int
) -> bool:
    """Return whether a conversation of the right channel meets the rest of the filter."""
    least, most = (query.get(f"{bound}_unread_message_count") for bound in ("min", "max"))
    return (
        (not query.get("contact_ids") or contact_id in query["contact_ids"])
        and (not query.get("display_names") or name in query["display_names"])
        and (query.get("state") is None or state == query["state"])
        and (not query.get("contact_tag_ids") or not tags.isdisjoint(query["contact_tag_ids"]))
        and (least is None or unread >= least)
        and (most is None or unread <= most)
    )
