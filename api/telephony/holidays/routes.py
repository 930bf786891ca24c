"""The public holidays of countries, to be taken into opening hours."""

from typing import Annotated

from fastapi import Query

from api.conventions.resource import Shown
from api.conventions.router import v1_router
from api.core.deps import CallerDep
from api.telephony.holidays.answers import HolidayAnswer
from api.telephony.holidays.service import public_holidays
from routing.expressions.values import YEARS

router = v1_router(tags=["holidays"])

LAST_YEAR = 2100
"""Later holidays are not known."""
MOST_YEARS = 10


@router.get("/holidays", response_model=list[HolidayAnswer])
def list_holidays(
    _caller: CallerDep,
    country: Annotated[str, Query(pattern="^[A-Z]{2}$", examples=["DE"])],
    year: Annotated[int, Query(ge=YEARS[0], le=LAST_YEAR, examples=[2027])],
    subdivision: Annotated[str | None, Query(max_length=60, examples=["BE"])] = None,
    years: Annotated[int, Query(ge=1, le=MOST_YEARS)] = 1,
) -> list[Shown]:
    """List the public holidays of a country, for opening hours.

    `country` is a code of ISO 3166. With `subdivision` (a state or a province) its own holidays are among them.
    """
    found = public_holidays(country, subdivision, range(year, min(year + years, LAST_YEAR + 1)))
    return [{"date": day.isoformat(), "name": name} for day, name in sorted(found.items())]
