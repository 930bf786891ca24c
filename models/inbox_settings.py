"""What an organization has decided for a channel: its hours, what is answered outside of them, surveys, retention."""

from typing import Any

from sqlmodel import Field, Session, col, select

from models.base import ChangingRow, Json


class InboxSettings(ChangingRow, table=True):
    """The settings of one channel. A channel without a row has none of these."""

    __tablename__ = "inbox_settings"

    channel_id: str = Field(foreign_key="inbox_channels.id", unique=True, max_length=32, ondelete="CASCADE")
    team_id: str = Field(foreign_key="teams.id", index=True, max_length=32, ondelete="CASCADE")
    hours: dict[str, Any] | None = Field(default=None, sa_type=Json, nullable=True)
    """Opening hours, as queues have them (`routing.config.OpeningHours`). None: always open."""
    closed_reply: str | None = None
    """What a contact is answered who writes outside of the hours, once in each closed period."""
    survey_question: str | None = None
    """What a contact is asked when a conversation is closed."""
    survey_thanks: str | None = None
    """What a contact is answered who has given a score."""
    retention_days: int | None = None
    """After how many days messages and notes are deleted. None: never."""
    queue_id: str | None = Field(
        default=None, foreign_key="queues.id", index=True, max_length=32, ondelete="SET NULL"
    )
    """The queue whose agents are offered a conversation that the contact opens. None: members find it by themselves."""


def settings_of(session: Session, channel_id: str) -> InboxSettings | None:
    """Return the channel's settings."""
    return session.exec(select(InboxSettings).where(col(InboxSettings.channel_id) == channel_id)).first()
