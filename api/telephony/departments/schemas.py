"""What clients send about departments."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from api.conventions.body import Body, optional
from api.conventions.fields import Id, Line
from routing.config import RingType

_CHOICES = ", ".join(RingType)


def _ring_type(value: object) -> object:
    if value not in set(RingType):
        raise ValueError(f"One of {_CHOICES}")
    return value


RingTypeName = Annotated[RingType, BeforeValidator(_ring_type)]
Name = Annotated[Line, Field(min_length=1)]


class DepartmentCreate(Body):
    """`ring_type`: how a call to the department rings its users' phones."""

    name: Name
    team: Id
    ring_type: RingTypeName = RingType.SIMULTANEOUS


class DepartmentUpdate(Body):
    """Any subset; what isn't sent stays."""

    name: Name = optional()
    ring_type: RingTypeName = optional()


class UserAdd(Body):
    """`user`: a user's or a membership's id."""

    user: Id
