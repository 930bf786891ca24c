"""What clients send about DID numbers."""

from typing import Annotated

from pydantic import StringConstraints

from api.conventions.body import Body
from api.conventions.fields import E164, Id, Line
from api.telephony.queues.schemas import RetentionDays
from routing.config import RecordingPolicy

Digits = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,15}$")]


class NumberSettings(Body):
    """Where a number leads (one of `route`, `queue`, `user`, or none) and how its calls are recorded."""

    name: Line = ""
    route: Id | None = None
    queue: Id | None = None
    user: Id | None = None
    recording: RecordingPolicy | None = None
    retention_days: RetentionDays | None = None


class NumberCreate(NumberSettings):
    """Criteria of a number to buy. `team` may be left out by who administers one team only."""

    team: Id | None = None
    country: Line | None = None
    state: Line | None = None
    city: Line | None = None
    area_code: Digits | None = None
    contains: Digits | None = None
    number: E164 | None = None


class NumberUpdate(NumberSettings):
    """Any subset; null clears."""
