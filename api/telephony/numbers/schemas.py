"""What clients send about DID numbers."""

from difflib import get_close_matches
from typing import Annotated, Any

from pydantic import Field, StringConstraints, model_validator

from api.conventions.body import Body, Patch
from api.conventions.fields import E164, Id, Line, OneOf
from api.core.errors import ValidationFailed
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
    """Criteria of a number to buy. An unknown field is refused: a criterion that is passed over buys a wrong number."""

    team: Id | None = None
    """May be left out by who administers one team only."""
    country: Line | None = None
    """A name, or an ISO 3166 code."""
    state: Line | None = None
    """A name, or a code."""
    city: Line | None = None
    area_code: Digits | None = None
    contains: Digits | None = None
    """Digits that the number contains."""
    number: E164 | None = None
    """This very number."""

    @model_validator(mode="before")
    @classmethod
    def _known_fields(cls, data: Any) -> Any:
        unknown = data.keys() - cls.model_fields.keys() if isinstance(data, dict) else ()
        if unknown:
            raise ValidationFailed({str(name)[:80]: _unknown(str(name), cls) for name in unknown})
        return data


def _unknown(name: str, body: type[Body]) -> str:
    """Say that there is no such field, and which one may be meant."""
    near = get_close_matches(name.lower(), body.model_fields, n=1)
    return f"There is no such field. Is it {near[0]}?" if near else "There is no such field"


class NumberUpdate(Patch, of=NumberSettings):
    """What changes in a number. A new route, queue or user takes the place of the one before."""
