"""What clients send about departments."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from api.conventions.body import Body, Patch
from api.conventions.fields import Id, Line, MusicClass, OneOf
from routing.config import RingType
from routing.expressions.secrets import PLACEHOLDER
from switchroom.ids import parse_id
from switchroom.numbers import E164
from switchroom.pins import LONGEST, SHORTEST

Name = Annotated[Line, Field(min_length=1, examples=["Support"])]
_EXTENSION = re.compile(r"\d{2,6}")


def _target(value: str) -> str:
    written = re.sub(r"[ ().-]", "", value)
    found = parse_id(value)
    if found is not None:
        return found
    if _EXTENSION.fullmatch(value) or E164.fullmatch(written):
        return written
    raise ValueError(
        "Must be the id of a user, a queue or a department, an extension, or a number such as +14165550100"
    )


TransferTo = Annotated[str, Field(max_length=40), AfterValidator(_target)]
Ring = Annotated[int, Field(ge=5, le=300)]
Longest = Annotated[int, Field(ge=5, le=7200)]
VoicemailPassword = Annotated[
    str,
    StringConstraints(pattern=rf"^([0-9]{{{SHORTEST},{LONGEST}}}|\*{{{len(PLACEHOLDER)}}})$"),
    Field(examples=["704193"]),
]


class CallCenter(Body):
    """How a department answers its calls by itself. See docs/departments.md."""

    callcenter_ring: Ring | None = None
    """Seconds that a phone rings, or all of them together; null: 20."""
    callcenter_max_time: Longest | None = None
    """Seconds that a caller waits at most while the phones are rung again; null: they are rung once."""
    callcenter_hold_music: MusicClass | None = None
    """A class of music on hold, or the id of music that the team uploaded."""
    callcenter_transfer_to: TransferTo | None = None
    """Where a caller goes whom nobody answered: the id of a user, a queue or another department, an extension, or an
    outside number."""


class DepartmentCreate(CallCenter):
    """A new department."""

    name: Name
    team: Id
    ring_type: OneOf[RingType] = RingType.SIMULTANEOUS
    """How a call to the department rings its users' phones."""
    callcenter_voicemail_password: VoicemailPassword | None = None
    """The PIN of the department's mailbox. It is written and never read."""


class DepartmentUpdate(Patch):
    """What changes in a department."""

    name: Name
    ring_type: OneOf[RingType]
    """How a call to the department rings its users' phones."""
    callcenter_voicemail_password: VoicemailPassword | None
    """The PIN of the department's mailbox. Null removes it; `********`, which readers see, keeps it."""
    callcenter_ring: Ring | None
    """Seconds that a phone rings, or all of them together; null: 20."""
    callcenter_max_time: Longest | None
    """Seconds that a caller waits at most while the phones are rung again; null: they are rung once."""
    callcenter_hold_music: MusicClass | None
    """A class of music on hold, or the id of music that the team uploaded."""
    callcenter_transfer_to: TransferTo | None
    """Where a caller goes whom nobody answered: the id of a user, a queue or another department, an extension, or an
    outside number."""


class UserAdd(Body):
    """A user to add."""

    user: Id
    """A user's or a membership's id."""
