"""What clients send about departments."""

from typing import Annotated

from pydantic import Field

from api.conventions.body import Body, Patch
from api.conventions.fields import Id, Line, OneOf
from routing.config import RingType

Name = Annotated[Line, Field(min_length=1, examples=["Support"])]


class DepartmentCreate(Body):
    """A new department."""

    name: Name
    team: Id
    ring_type: OneOf[RingType] = RingType.SIMULTANEOUS
    """How a call to the department rings its users' phones."""


class DepartmentUpdate(Patch):
    """What changes in a department."""

    name: Name
    ring_type: OneOf[RingType]
    """How a call to the department rings its users' phones."""


class UserAdd(Body):
    """A user to add."""

    user: Id
    """A user's or a membership's id."""
