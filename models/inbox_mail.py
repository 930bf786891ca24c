"""What the customer inbox knows of mailboxes and of mails beside what every channel and every message has."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index
from sqlmodel import Field, Session, SQLModel, col, select

from models.base import UTCDateTime, json_field, time_field
from models.conversation import Conversation
from models.inbox_message import InboxMessage
from switchroom.ids import parse_id


class InboxMailbox(SQLModel, table=True):
    """How far the mailbox of a channel is read: to the mail `last_uid`, as long as `uid_validity` is the same."""

    __tablename__ = "inbox_mailboxes"

    channel_id: str = Field(
        foreign_key="inbox_channels.id", primary_key=True, max_length=32, ondelete="CASCADE"
    )
    since: datetime = Field(sa_type=UTCDateTime, nullable=False)
    """Mails that came before are not taken: when the channel was connected."""
    uid_validity: int = Field(default=0, sa_type=BigInteger)
    last_uid: int = Field(default=0, sa_type=BigInteger)
    read_at: datetime | None = time_field()
    """When the server was asked last, and answered."""
    problem: str | None = Field(default=None, max_length=300)
    """Why it was not read since."""


class InboxMail(SQLModel, table=True):
    """What makes a message of a contact a mail of a thread."""

    __tablename__ = "inbox_mails"
    __table_args__ = (Index("ix_inbox_mails_channel_id_mid", "channel_id", "mid"),)

    message_id: str = Field(
        foreign_key="inbox_messages.id", primary_key=True, max_length=32, ondelete="CASCADE"
    )
    channel_id: str = Field(foreign_key="inbox_channels.id", max_length=32, ondelete="CASCADE")
    mid: str = Field(max_length=255)
    """The mail's Message-ID; empty if it has none."""
    subject: str = Field(default="", max_length=500)
    mid_references: list[str] = json_field(list)
    """Message-IDs of the mails before it in the thread."""
    html: str | None = None
    """Safe to show."""
    automatic: bool = False
    """A machine wrote it, so no machine answers it."""


def our_message(mid: str) -> str | None:
    """Return the id of our message in a Message-ID. None: it is not one of ours."""
    return parse_id(mid[1:].partition("@")[0])


def thread_of(session: Session, channel_id: str, mids: list[str]) -> str | None:
    """Return the thread of the first known mail among these Message-IDs: ours, or a contact's. None: none is known."""
    for mid in mids:
        ours = our_message(mid)
        found: Any = None
        if ours is not None:
            found = session.exec(
                select(InboxMessage.conversation_id).where(
                    col(InboxMessage.id) == ours, col(InboxMessage.channel_id) == channel_id
                )
            ).first()
        if found is None:
            known = (
                select(InboxMessage.conversation_id)
                .join(InboxMail, col(InboxMail.message_id) == col(InboxMessage.id))
                .where(col(InboxMail.channel_id) == channel_id, col(InboxMail.mid) == mid)
            )
            found = session.exec(known).first()
        if found is not None:
            return session.get_one(Conversation, found).external_id.partition(":")[0]
    return None


def newest_mail(session: Session, conversation_id: str) -> InboxMail | None:
    """Return the contact's newest mail of the conversation."""
    mails = (
        select(InboxMail)
        .join(InboxMessage, col(InboxMessage.id) == col(InboxMail.message_id))
        .where(col(InboxMessage.conversation_id) == conversation_id)
        .order_by(col(InboxMessage.number).desc())
    )
    return session.exec(mails.limit(1)).first()


def mails_of(session: Session, message_ids: list[str]) -> dict[str, InboxMail]:
    """Return the mails among these messages."""
    if not message_ids:
        return {}
    return {
        row.message_id: row
        for row in session.exec(select(InboxMail).where(col(InboxMail.message_id).in_(message_ids)))
    }
