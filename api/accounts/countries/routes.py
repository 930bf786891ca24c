"""Countries."""

from typing import Annotated

from fastapi import Query

from api.accounts.countries.answers import CountryAnswer
from api.accounts.countries.service import COUNTRIES
from api.conventions.lists import DEFAULT_LIMIT, MOST
from api.conventions.resource import Shown
from api.conventions.router import v1_router
from api.core.route import WorkDep

router = v1_router(tags=["countries"])


@router.get("/country", response_model=list[CountryAnswer])
def list_countries(
    work: WorkDep,
    limit: Annotated[int, Query(ge=1, le=MOST)] = DEFAULT_LIMIT,
    skip: Annotated[int, Query(ge=0, le=2**31)] = 0,
) -> list[Shown]:
    """List the countries: the United States and Canada first, then the others by name."""
    work.headers["X-Total-Count"] = str(len(COUNTRIES))
    return COUNTRIES[skip : skip + limit]
