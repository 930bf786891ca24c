"""What clients send about wrap-up codes."""

from typing import Annotated

from pydantic import Field

from api.conventions.body import Body
from api.conventions.fields import Line
from api.telephony.call_logs.schemas import Code


class WrapUpCodeCreate(Body):
    """A new wrap-up code."""

    code: Code
    """What a call's wrap-up then has."""
    name: Annotated[Line, Field(min_length=1, examples=["Sale"])]
    """What agents read."""
