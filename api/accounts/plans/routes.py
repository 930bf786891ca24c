"""Plans."""

from dataclasses import asdict

from api.accounts.plans.answers import PlanAnswer
from api.conventions.resource import Shown
from api.conventions.router import v1_router
from models.plan import PLANS
from switchroom.ids import public_id

router = v1_router(tags=["plans"])


@router.get("/plan", response_model=list[PlanAnswer])
def list_plans() -> list[Shown]:
    """List all plans."""
    return [{**asdict(plan), "id": public_id(plan.id)} for plan in PLANS]
