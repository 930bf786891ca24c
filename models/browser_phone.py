"""Browsers that are phones: a SIP account for one session, for a short time."""

from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Field, Session, col, select

from models.base import Row, time_field
from models.outbox import emit_command
from switchroom.messages.commands import ForgetPhone

LIFETIME = timedelta(minutes=10)
"""How long an account is good after it was asked for. Asking again renews it."""


class BrowserPhone(Row, table=True):
    """The SIP account of a session, as one of the member's phones. `account` is `switchroom.sip_accounts`'."""

    __tablename__ = "browser_phones"

    session_id: str = Field(foreign_key="auth_sessions.id", unique=True, max_length=32, ondelete="CASCADE")
    member_id: str = Field(foreign_key="team_users.id", index=True, max_length=32, ondelete="CASCADE")
    account: str = Field(unique=True, max_length=40)
    password: str = Field(max_length=64)
    expires_at: datetime = time_field(nullable=False, index=True)


def end_browser_phones(session: Session, *conditions: Any, hang_up: bool = False) -> int:
    """Delete the accounts that meet the conditions, and let every Asterisk forget them. Return how many.

    A talk goes on, unless `hang_up` is set.
    """
    rows = session.exec(select(BrowserPhone).where(*conditions).with_for_update()).all()
    for row in rows:
        emit_command(session, ForgetPhone(id=row.account, hang_up=hang_up, sign_out=True))
        session.delete(row)
    return len(rows)


def forget_browser_phones(session: Session, members: Any) -> None:
    """Let Asterisk ask again for the accounts of these memberships (a list of ids, or a select): what it shows
    changed."""
    for name in session.exec(select(BrowserPhone.account).where(col(BrowserPhone.member_id).in_(members))):
        emit_command(session, ForgetPhone(id=name))
