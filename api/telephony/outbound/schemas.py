"""What a team sends to narrow what it may dial."""

from typing import Annotated

import pycountry
from pydantic import AfterValidator, Field

from api.conventions.body import Body
from api.conventions.fields import OneOf
from routing.outbound.destinations import ANY_COUNTRY, NO_COUNTRY, OWN_COUNTRY, DestinationClass


def check_country(value: str) -> str:
    """Return the country as policies have it. Raises ValueError."""
    if value in (ANY_COUNTRY, NO_COUNTRY, OWN_COUNTRY):
        return value
    found = pycountry.countries.get(alpha_2=value)
    if found is None or found.alpha_2 != value:
        raise ValueError("Not a country's ISO 3166 code (CA), own, * or 001")
    return value


Country = Annotated[str, AfterValidator(check_country), Field(max_length=3, examples=["CA"])]
Cap = Annotated[int, Field(ge=0, le=1_000_000)]


class OutboundNarrow(Body):
    """The team's own limits, as a whole. Null or missing: as the operator allows."""

    open: bool | None = None
    """False: no call of the team goes out."""
    countries: Annotated[list[Country], Field(max_length=250)] | None = None
    """ISO 3166 codes; `own` stands for the country of the team's number that is shown, `*` for every country."""
    classes: Annotated[list[OneOf[DestinationClass]], Field(max_length=20)] | None = None
    team_per_day: Cap | None = None
    member_per_day: Cap | None = None
    number_per_day: Cap | None = None
    destination_per_day: Cap | None = None
    team_at_once: Cap | None = None
    """Calls in the telephone network at the same time."""
    member_at_once: Cap | None = None
    """The same of one member."""
    team_minutes_per_day: Cap | None = None
    """Minutes that these calls talk on a local day."""
    member_minutes_per_day: Cap | None = None
    team_money_per_day: Cap | None = None
    """What these minutes cost, by the prices of the installation."""
    member_money_per_day: Cap | None = None
