"""The audit log: what is written into it, and how it is listed."""

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field
from sqlmodel import Session

from api.conventions.answers import Answer, PublicId, Time
from api.conventions.resource import Resource
from api.core.scope import Scope
from models import AuditEntry


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does an administrative act, and from where."""

    id: str | None
    name: str
    address: str


COMMAND_LINE = Actor(None, "command line", "")


def actor_of(scope: Scope, address: str) -> Actor:
    """Return the caller as an actor."""
    return Actor(scope.user_id, scope.user.email, address)


def record(
    session: Session,
    actor: Actor,
    action: str,
    object_id: str | None,
    *,
    team_id: str | None = None,
    **details: Any,
) -> None:
    """Write an entry in the transaction that carries the act out."""
    session.add(
        AuditEntry(
            actor_id=actor.id,
            actor=actor.name,
            address=actor.address,
            action=action,
            team_id=team_id,
            object_id=object_id,
            details=details,
        )
    )


class AuditAnswer(Answer):
    """One administrative act."""

    id: PublicId
    created_at: Time
    actor: str
    """The e-mail address of who did it, or `command line`."""
    actor_id: PublicId | None
    address: str
    """From where."""
    action: Annotated[str, Field(examples=["team suspended"])]
    team: PublicId | None
    object_id: PublicId | None
    """The team or the user that it was done to."""
    details: dict[str, Any]


AUDIT = Resource("audit", AuditAnswer, AuditEntry, search=("actor", "action"), sort="id DESC")
