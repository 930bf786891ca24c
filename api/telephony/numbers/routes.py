"""Operations on DID numbers."""

from typing import Any

from api.conventions.answers import either, many
from api.conventions.lists import Listing, ListingDep
from api.conventions.router import v1_router
from api.core.deps import ScopeDep
from api.core.route import WorkDep
from api.core.scope import Scope
from api.telephony.numbers import service
from api.telephony.numbers.answers import NumberAnswer
from api.telephony.numbers.resource import NUMBER
from api.telephony.numbers.schemas import NumberCreate, NumberUpdate
from models import DidNumber
from models.number_inventory import LocalPool

router = v1_router(tags=["numbers"])


@router.get("/didnumber", response_model=many(NumberAnswer))
def list_numbers(scope: ScopeDep, listing: ListingDep) -> list[dict[str, Any]]:
    return _list(scope, listing)


@router.post("/didnumber", status_code=201, response_model=either(NumberAnswer, many(NumberAnswer)))
def create_number(
    scope: ScopeDep, listing: ListingDep, work: WorkDep, body: NumberCreate | None = None
) -> dict[str, Any] | list[dict[str, Any]]:
    """Buys a number. With an empty body it answers the list (200), as the document has it, and buys nothing."""
    if body is None or not body.model_fields_set:
        work.status = 200
        return _list(scope, listing)
    return NUMBER.show(service.buy(scope, LocalPool(), body))


@router.get("/didnumber/{number_id}", response_model=NumberAnswer)
def get_number(number_id: str, scope: ScopeDep) -> dict[str, Any]:
    return NUMBER.show(scope.get(DidNumber, number_id, "number"))


@router.patch("/didnumber/{number_id}", response_model=NumberAnswer)
def update_number(number_id: str, body: NumberUpdate, scope: ScopeDep) -> dict[str, Any]:
    number = scope.get_for_change(DidNumber, number_id, "number")
    service.update(scope, number, body)
    return NUMBER.show(number)


def _list(scope: Scope, listing: Listing) -> list[dict[str, Any]]:
    return listing.show(scope.session, scope.select(DidNumber), NUMBER)
