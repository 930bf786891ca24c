"""What clients send about guests."""

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from api.conventions.body import Body, Patch
from api.conventions.fields import Email, Id, Line, OneOf, Password
from models import Role
from models.plan import plan_named
from switchroom.ids import parse_id


def _digits(value: Any) -> Any:
    """Take a PIN as the number that `GET /chat/:roomNumber/conference` shows, too."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _plan(value: str) -> str:
    plan = plan_named(parse_id(value) or value)
    if plan is None:
        raise ValueError("No such plan: see GET /plan")
    return plan.id


def _not_guest(value: Role) -> Role:
    if value is Role.GUEST:
        raise ValueError("One of admin, member")
    return value


Pin = Annotated[
    str,
    BeforeValidator(_digits),
    StringConstraints(pattern=r"^[0-9]{1,20}$"),
    Field(examples=["123456789012"], json_schema_extra={"type": ["string", "integer"]}),
]
Emails = Annotated[list[Email], Field(min_length=1, max_length=100)]


class GuestInvitation(Body):
    """Invites people to a chat."""

    chat: Id
    emails: Emails


class GuestEmails(Body):
    """Addresses of people who may be guests."""

    emails: Emails


class GuestRemoval(Body):
    """Which guest shall go."""

    chat: Id | None = None
    """The chat that the guest is removed from; null: all chats of the team."""
    email: Email


class Joining(Body):
    """Who joins, and by which PIN."""

    firstname: Line = ""
    lastname: Line = ""
    pin: Pin
    """The mailed PIN of an invitation, or the PIN of a chat that is open to guests."""


class ChatJoining(Joining):
    """Joins a chat."""

    password: Password | None = None
    """With which the guest signs in later. Required with an invitation to an address that has no account."""
    chat: Annotated[str, StringConstraints(min_length=1, max_length=40)] | None = None
    """The id or the room number of the chat. Required if several chats have this PIN."""


class MeetingJoining(Joining):
    """Joins the chat of a meeting."""

    meeting_id: Id
    """The id of the meeting's event, which is its chat's too."""


class Upgrade(Patch):
    """What the guest becomes."""

    role: Annotated[OneOf[Role], AfterValidator(_not_guest), Field(examples=["member"])]
    """`member` or `admin`; if it is not sent, `member`."""
    plan: (
        Annotated[
            str, StringConstraints(max_length=40), AfterValidator(_plan), Field(examples=["debriefpro"])
        ]
        | None
    )
    """The id or the code of a plan; null: the default plan."""
