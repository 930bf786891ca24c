"""`callcenter_voicemail_password`: the PIN of a department's mailbox, as the document of the team API names it."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from api.core.errors import ValidationFailed
from api.telephony.departments.schemas import DepartmentCreate, DepartmentUpdate
from models import Department, Mailbox
from models.mailbox import MailboxKind, mailbox_changed, mailbox_of
from routing.expressions.secrets import PLACEHOLDER
from switchroom.pins import hash_pin, problem_of

FIELD = "callcenter_voicemail_password"


def hashed(body: DepartmentCreate | DepartmentUpdate) -> str | None:
    """Return the hash of a new PIN. It takes long: call it before the transaction's first write."""
    pin = _sent(body)
    return None if pin is None or pin == PLACEHOLDER else hash_pin(pin)


def assign(
    session: Session, department: Department, body: DepartmentCreate | DepartmentUpdate, pin_hash: str | None
) -> None:
    """Give the department's mailbox the PIN that was sent. Raises ValidationFailed if it is easy to guess."""
    pin = _sent(body)
    if FIELD not in body.model_fields_set or pin == PLACEHOLDER:
        return
    mailbox = mailbox_of(session, department.team_id, MailboxKind.DEPARTMENT.value, department.id)
    if mailbox is None or (pin is None and mailbox.pin_hash is None):
        return
    if pin is not None and (problem := problem_of(pin, mailbox.number)):
        raise ValidationFailed({FIELD: problem})
    mailbox.pin_hash = pin_hash
    session.add(mailbox)
    mailbox_changed(session, mailbox)


def with_passwords(session: Session, departments: Sequence[Department]) -> frozenset[str]:
    """Return the ids of those of the departments whose mailboxes have a PIN."""
    protected = select(Mailbox.owner_id).where(
        col(Mailbox.kind) == MailboxKind.DEPARTMENT.value,
        col(Mailbox.owner_id).in_([department.id for department in departments]),
        col(Mailbox.pin_hash).is_not(None),
    )
    return frozenset(session.exec(protected))


def _sent(body: DepartmentCreate | DepartmentUpdate) -> str | None:
    return body.callcenter_voicemail_password if FIELD in body.model_fields_set else None
