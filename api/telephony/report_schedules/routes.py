"""Operations on statistics that are mailed after each day, week or month."""

from typing import Annotated

from fastapi import Depends

from api.conventions.lists import Listing, Lists
from api.conventions.resource import Shown, require_unchanged
from api.conventions.router import v1_router
from api.core.deps import ContextDep, ScopeDep
from api.telephony.report_schedules import service
from api.telephony.report_schedules.answers import ReportScheduleAnswer
from api.telephony.report_schedules.resource import SCHEDULE, VISIBLE
from api.telephony.report_schedules.schemas import ReportScheduleCreate, ReportScheduleUpdate

router = v1_router(tags=["statistics"])
ScheduleListing = Annotated[Listing, Depends(Lists(SCHEDULE))]


@router.post("/report-schedule", response_model=ReportScheduleAnswer, status_code=201, responses={409: {}})
def create_report_schedule(body: ReportScheduleCreate, scope: ScopeDep, context: ContextDep) -> Shown:
    """Let statistics be mailed after each day, week or month. Only admins may."""
    return service.show_all([service.create(scope, context.settings, body)])[0]


@router.get("/report-schedule", response_model=list[ReportScheduleAnswer])
def list_report_schedules(scope: ScopeDep, listing: ScheduleListing) -> list[Shown]:
    """List the schedules of the teams that the caller administers."""
    return service.show_all(listing.fetch(scope, VISIBLE))


@router.get("/report-schedule/{schedule_id}", response_model=ReportScheduleAnswer)
def get_report_schedule(schedule_id: str, scope: ScopeDep) -> Shown:
    """Show a schedule."""
    return service.show_all([service.get_visible(scope, schedule_id)])[0]


@router.patch("/report-schedule/{schedule_id}", response_model=ReportScheduleAnswer)
def update_report_schedule(
    schedule_id: str, body: ReportScheduleUpdate, scope: ScopeDep, context: ContextDep
) -> Shown:
    """Change a schedule."""
    row = service.get_visible(scope, schedule_id)
    require_unchanged(scope, row)
    service.update(scope, context.settings, row, body)
    return service.show_all([row])[0]


@router.delete("/report-schedule/{schedule_id}", response_model=ReportScheduleAnswer)
def delete_report_schedule(schedule_id: str, scope: ScopeDep) -> Shown:
    """Delete a schedule."""
    row = service.get_visible(scope, schedule_id)
    require_unchanged(scope, row)
    shown = service.show_all([row])[0]
    scope.session.delete(row)
    return shown
