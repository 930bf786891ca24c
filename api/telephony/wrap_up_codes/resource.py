"""What clients see of the wrap-up codes' table."""

from typing import Annotated

from pydantic import Field

from api.conventions.answers import Answer, PublicId, Time
from api.conventions.resource import Resource
from models import WrapUpCode


class WrapUpCodeAnswer(Answer):
    """A reason that agents choose for a finished call."""

    id: PublicId
    team: PublicId
    code: Annotated[str, Field(examples=["sale"])]
    """What a call's wrap-up has."""
    name: str
    created_at: Time


WRAP_UP_CODE = Resource(
    "wrap-up code", WrapUpCodeAnswer, WrapUpCode, search=("code", "name"), sort="code ASC"
)
