"""What clients get of plans."""

from typing import Annotated

from pydantic import Field

from api.conventions.answers import Answer, PublicId


class PlanAnswer(Answer):
    """A plan."""

    id: PublicId
    name: Annotated[str, Field(examples=["Pro"])]
    code: Annotated[str, Field(examples=["debriefpro"])]
    price: Annotated[str, Field(examples=["20"])]
    """A month, in the currency of the country."""
    country: Annotated[str, Field(examples=["united states"])]
    default_plan: bool
    """Whether new users get this plan."""
    currency: str | None
