"""Operations on DID numbers."""

from functools import partial
from typing import Annotated

from fastapi import Depends
from sqlmodel import col, select

from api.conventions.csv_import import DryRun, ImportAnswer, import_rows
from api.conventions.lists import Listing, Lists
from api.conventions.resource import Shown, require_unchanged
from api.conventions.router import v1_router
from api.conventions.told import tell
from api.core.deps import ContextDep, ScopeDep
from api.core.errors import Forbidden
from api.core.quotas import require_room
from api.core.route import WorkDep
from api.core.scope import Scope, of_callers_teams
from api.telephony.numbers import imports, service
from api.telephony.numbers.resource import FREE_NUMBER, NUMBER, FreeNumberAnswer, NumberAnswer
from api.telephony.numbers.schemas import NumberCreate, NumberUpdate
from models import DidNumber, InventoryNumber
from models.number_inventory import LocalPool
from switchroom.messages.events import to_team

router = v1_router(tags=["numbers"])

FreeListing = Annotated[Listing, Depends(Lists(FREE_NUMBER))]
NumberListing = Annotated[Listing, Depends(Lists(NUMBER))]


@router.get("/didnumber", response_model=list[NumberAnswer])
def list_numbers(scope: ScopeDep, listing: NumberListing) -> list[Shown]:
    """List the numbers of the caller's teams."""
    return _list(scope, listing)


@router.post(
    "/didnumber",
    response_model=NumberAnswer | list[NumberAnswer],
    status_code=201,
    responses={200: {"model": list[NumberAnswer]}, 409: {}},
)
def create_number(
    scope: ScopeDep, listing: NumberListing, work: WorkDep, body: NumberCreate | None = None
) -> Shown | list[Shown]:
    """Buy a number. With an empty body it lists the numbers (200), as the document has it, and buys nothing."""
    if body is None or not body.model_fields_set:
        work.status = 200
        return _list(scope, listing)
    number = service.buy(scope, LocalPool(), body)
    require_room(scope.session, work.context.settings, number.team_id, "numbers")
    return tell(scope.session, "didnumber", "created", NUMBER.show(number), to_team(number.team_id))


@router.post("/team/{team_id}/import/numbers", response_model=ImportAnswer, responses={409: {}})
def import_numbers(
    team_id: str, body: imports.NumbersFile, scope: ScopeDep, context: ContextDep, dry_run: DryRun = False
) -> Shown:
    """Import numbers from a CSV file, all or none. Only admins may.

    The columns are `number` and any of `name`, `route` and `queue` (by name), `user` (by e-mail address), `recording`,
    `retention_days`. A free number is bought, one of the team is changed. What is wrong is named by its line:
    `line 3.number`.
    """
    team = scope.team_id(team_id)
    scope.require_admin(team)
    one = partial(imports.import_number, scope, LocalPool(), team)
    check = partial(require_room, scope.session, context.settings, team, "numbers")
    return import_rows(scope.session, body.csv, imports.ImportedNumber, one, check, dry_run=dry_run)


_FREE = select(InventoryNumber).where(col(InventoryNumber.taken).is_(False))


@router.get("/didnumber/available", response_model=list[FreeNumberAnswer])
def list_available_numbers(scope: ScopeDep, listing: FreeListing) -> list[Shown]:
    """List the numbers that can be bought. Only admins may."""
    if not scope.admin_team_ids:
        raise Forbidden("Only an admin of a team may do this")
    return listing.show(scope, _FREE)


@router.get("/didnumber/{number_id}", response_model=NumberAnswer)
def get_number(number_id: str, scope: ScopeDep) -> Shown:
    """Show a number."""
    return NUMBER.show(scope.get(DidNumber, number_id, "number"))


@router.patch("/didnumber/{number_id}", response_model=NumberAnswer)
def update_number(number_id: str, body: NumberUpdate, scope: ScopeDep) -> Shown:
    """Change where a number leads and how its calls are recorded."""
    number = scope.row(DidNumber, number_id, "number")
    scope.require_admin(number.team_id)
    require_unchanged(scope, number)
    shown = service.update(scope, number, body)
    return tell(scope.session, "didnumber", "updated", shown, to_team(number.team_id))


@router.delete("/didnumber/{number_id}", response_model=NumberAnswer)
def release_number(number_id: str, scope: ScopeDep) -> Shown:
    """Give a number back to the inventory. Its callers then hear that it is not in service."""
    number = scope.get_for_change(DidNumber, number_id, "number")
    require_unchanged(scope, number)
    shown, team_id = NUMBER.show(number), number.team_id
    service.release(scope, LocalPool(), number)
    return tell(scope.session, "didnumber", "destroyed", shown, to_team(team_id))


def _list(scope: Scope, listing: Listing) -> list[Shown]:
    return listing.show(scope, of_callers_teams(DidNumber))
