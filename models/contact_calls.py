"""The calls of a contact, as what the organization has of them: found by the contact's numbers alone."""

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import Session, col

from models.call import CallLog
from models.contact import Contact
from models.inbox_contact import numbers_of
from models.voicemail import Voicemail
from switchroom.numbers import spellings


def numbers_in_records(session: Session, contact: Contact) -> list[str]:
    """Return the contact's numbers in every spelling that a record may have."""
    return [one for number in numbers_of(session, contact) for one in spellings(number)]


def are_calls_with(team_id: str, numbers: list[str]) -> ColumnElement[bool]:
    """Return the condition that a call log is of a call from or to one of the numbers."""
    called = and_(col(CallLog.direction) != "inbound", col(CallLog.did).in_(numbers))
    return and_(col(CallLog.team_id) == team_id, or_(col(CallLog.caller).in_(numbers), called))


def are_messages_of(team_id: str, numbers: list[str]) -> ColumnElement[bool]:
    """Return the condition that a voicemail was left from one of the numbers."""
    return and_(col(Voicemail.team_id) == team_id, col(Voicemail.caller).in_(numbers))
