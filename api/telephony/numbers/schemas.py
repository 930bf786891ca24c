"""What clients send about DID numbers."""

from typing import Annotated

from pydantic import Field, StringConstraints

from api.conventions.body import Body, Patch
from api.conventions.fields import E164, Id, Line, OneOf
from api.telephony.queues.schemas import RetentionDays
from routing.config import RecordingPolicy

Digits = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,15}$"), Field(examples=["416"])]


class NumberSettings(Body):
    """Where a number leads (to one of `route`, `queue`, `user`, or nowhere) and how its calls are recorded."""

    name: Line = ""
    route: Id | None = None
    queue: Id | None = None
    user: Id | None = None
    """A user's or a membership's id."""
    recording: OneOf[RecordingPolicy] | None = None
    """Whether talks are recorded; null: as the team says."""
    retention_days: RetentionDays | None = None
    """After how many days recordings are deleted; null: as the team says."""


class NumberCreate(NumberSettings):
    """Criteria of a number to buy."""

    team: Id | None = None
    """May be left out by who administers one team only."""
    country: Line | None = None
    """An ISO 3166 code."""
    state: Line | None = None
    """A code."""
    city: Line | None = None
    area_code: Digits | None = None
    contains: Digits | None = None
    """Digits that the number contains."""
    number: E164 | None = None
    """This very number."""


class NumberUpdate(Patch, of=NumberSettings):
    """What changes in a number. A new route, queue or user takes the place of the one before."""
