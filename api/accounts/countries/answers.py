"""What clients get of countries."""

from typing import Annotated

from pydantic import Field

from api.conventions.answers import Answer, PublicId


class CountryAnswer(Answer):
    """A country."""

    code: Annotated[str, Field(pattern="^[A-Z]{2}$", examples=["CA"])]
    """Of ISO 3166-1, two letters."""
    name: Annotated[str, Field(examples=["Canada"])]
    id: PublicId
