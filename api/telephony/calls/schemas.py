"""What clients send about live calls."""

from typing import Annotated

from pydantic import Field, StringConstraints

from api.conventions.body import Body
from api.conventions.fields import E164, Extension, Id


class CallCreate(Body):
    """Whom the caller wants to call."""

    to: Annotated[str, StringConstraints(min_length=1, max_length=40), Field(examples=["+14165550177"])]
    """A colleague's extension, or a telephone number: E.164, or as it is dialled in the team's country."""
    team: Id | None = None
    """Needed if the caller is in several teams."""


class ConsultBody(Body):
    """Whom a side of the talk calls: exactly one of these."""

    agent: Id | None = None
    queue: Id | None = None
    extension: Extension | None = None
    number: E164 | None = None
    """An outside number, if the team may dial it."""


class DigitsBody(Body):
    """What the other side of a talk is to hear."""

    digits: Annotated[str, StringConstraints(pattern=r"^[0-9A-D*#]{1,32}$"), Field(examples=["1234#"])]
    """Up to 32 of `0` to `9`, `*`, `#` and `A` to `D`."""


class TransferBody(Body):
    """Where the other side of a talk is sent: exactly one of these."""

    agent: Id | None = None
    queue: Id | None = None
    extension: Extension | None = None
    number: E164 | None = None
    """An outside number, if the team may dial it."""
    voicemail: Id | None = None
    """The user in whose mailbox a message is to be left."""
