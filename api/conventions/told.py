"""Telling clients of a change in the form that REST shows."""

from sqlmodel import Session

from api.conventions.resource import Shown
from models.outbox import emit_event
from switchroom.messages.events import Audience


def tell(session: Session, model: str, verb: str, shown: Shown, audience: Audience) -> Shown:
    """Tell the audience of an object that was written, after the commit. Return the object as it is shown.

    `shown` must have nothing that only the caller may see.
    """
    emit_event(session, model, verb, shown["id"][1:], shown, audience)
    return shown
