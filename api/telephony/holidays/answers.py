"""What clients get of public holidays."""

from typing import Annotated

from pydantic import Field

from api.conventions.answers import Answer


class HolidayAnswer(Answer):
    """A public holiday."""

    date: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d$", examples=["2027-03-29"])]
    """As `holidays` of opening hours takes it."""
    name: Annotated[str, Field(examples=["Ostermontag"])]
    """In the country's language."""
