"""Operations on DID numbers."""

from api.conventions.lists import Listing, ListingDep
from api.conventions.resource import Shown
from api.conventions.router import v1_router
from api.core.deps import ScopeDep
from api.core.route import WorkDep
from api.core.scope import Scope, of_callers_teams
from api.telephony.numbers import service
from api.telephony.numbers.resource import NUMBER, NumberAnswer
from api.telephony.numbers.schemas import NumberCreate, NumberUpdate
from models import DidNumber
from models.number_inventory import LocalPool

router = v1_router(tags=["numbers"])


@router.get("/didnumber", response_model=list[NumberAnswer])
def list_numbers(scope: ScopeDep, listing: ListingDep) -> list[Shown]:
    """List the numbers of the caller's teams."""
    return _list(scope, listing)


@router.post(
    "/didnumber",
    response_model=NumberAnswer | list[NumberAnswer],
    status_code=201,
    responses={200: {"model": list[NumberAnswer]}},
)
def create_number(
    scope: ScopeDep, listing: ListingDep, work: WorkDep, body: NumberCreate | None = None
) -> Shown | list[Shown]:
    """Buy a number. With an empty body it lists the numbers (200), as the document has it, and buys nothing."""
    if body is None or not body.model_fields_set:
        work.status = 200
        return _list(scope, listing)
    return NUMBER.show(service.buy(scope, LocalPool(), body))


@router.get("/didnumber/{number_id}", response_model=NumberAnswer)
def get_number(number_id: str, scope: ScopeDep) -> Shown:
    """Show a number."""
    return NUMBER.show(scope.get(DidNumber, number_id, "number"))


@router.patch("/didnumber/{number_id}", response_model=NumberAnswer)
def update_number(number_id: str, body: NumberUpdate, scope: ScopeDep) -> Shown:
    """Change where a number leads and how its calls are recorded."""
    number = scope.row(DidNumber, number_id, "number")
    scope.require_admin(number.team_id)
    return service.update(scope, number, body)


def _list(scope: Scope, listing: Listing) -> list[Shown]:
    return listing.show(scope, of_callers_teams(DidNumber), NUMBER)
