"""Operations on wrap-up codes."""

from typing import Annotated

from fastapi import Depends
from sqlalchemy import bindparam
from sqlmodel import col

from api.conventions.lists import Listing, Lists
from api.conventions.resource import Shown
from api.conventions.router import v1_router
from api.core.deps import ScopeDep
from api.core.scope import of_callers_teams
from api.telephony.wrap_up_codes import service
from api.telephony.wrap_up_codes.resource import WRAP_UP_CODE, WrapUpCodeAnswer
from api.telephony.wrap_up_codes.schemas import WrapUpCodeCreate
from models import WrapUpCode

router = v1_router(tags=["wrap-up codes"])

CodeListing = Annotated[Listing, Depends(Lists(WRAP_UP_CODE))]

_OF_TEAM = of_callers_teams(WrapUpCode).where(col(WrapUpCode.team_id) == bindparam("team"))


@router.get("/team/{team_id}/wrapupcodes", response_model=list[WrapUpCodeAnswer])
def list_wrap_up_codes(team_id: str, scope: ScopeDep, listing: CodeListing) -> list[Shown]:
    """List the wrap-up codes of a team."""
    return listing.show(scope, _OF_TEAM, team=scope.team_id(team_id))


@router.post(
    "/team/{team_id}/wrapupcodes", response_model=WrapUpCodeAnswer, status_code=201, responses={409: {}}
)
def add_wrap_up_code(team_id: str, body: WrapUpCodeCreate, scope: ScopeDep) -> Shown:
    """Add a wrap-up code. From the first one on, calls of the team take no other codes."""
    return WRAP_UP_CODE.show(service.add(scope, scope.team_id(team_id), body))


@router.delete("/team/{team_id}/wrapupcodes/{code}", response_model=WrapUpCodeAnswer)
def remove_wrap_up_code(team_id: str, code: str, scope: ScopeDep) -> Shown:
    """Remove a wrap-up code, by its id or by the code itself. Calls that have it keep it."""
    row = service.find_for_change(scope, scope.team_id(team_id), code)
    shown = WRAP_UP_CODE.show(row)
    scope.session.delete(row)
    return shown
