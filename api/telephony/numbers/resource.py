"""What clients see of the DID numbers' table."""

from typing import Annotated

from api.conventions.answers import Answer, Column, PublicId, Time
from api.conventions.fields import E164
from api.conventions.resource import Resource
from models import DidNumber, InventoryNumber
from routing.config import RecordingPolicy


class NumberAnswer(Answer):
    """A number of a team. It leads to one of `route`, `queue` and `user`, or nowhere."""

    id: PublicId
    team: PublicId
    number: Annotated[E164, Column("e164")]
    name: str
    route: PublicId | None
    queue: PublicId | None
    user: PublicId | None
    recording: RecordingPolicy | None
    """Whether talks are recorded; null: as the team says."""
    retention_days: int | None
    """After how many days recordings are deleted; null: as the team says."""
    country: str
    state: str
    city: str
    area_code: str
    bought_at: Time
    created_at: Time
    updated_at: Time


class FreeNumberAnswer(Answer):
    """A number of the inventory that can be bought."""

    number: Annotated[E164, Column("e164")]
    country: str
    """An ISO 3166 code."""
    state: str
    """A code."""
    city: str
    area_code: str


FREE_NUMBER = Resource(
    "number", FreeNumberAnswer, InventoryNumber, search=("number", "city"), sort="number ASC"
)
NUMBER = Resource("number", NumberAnswer, DidNumber, search=("number", "name", "city"), sort="number ASC")
