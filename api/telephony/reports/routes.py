"""Operations on a team's statistics: its queues, agents and numbers, by interval, also as files for spreadsheets."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated

from fastapi import Depends, Query
from sqlmodel import Session
from starlette.responses import Response, StreamingResponse

from analysis.reports import files
from analysis.reports.intervals import Interval, TooMuch
from analysis.reports.report import By, Of, report
from api.conventions.fields import Moment
from api.conventions.openapi import shows_text
from api.conventions.resource import Shown
from api.conventions.router import v1_router
from api.core.context import Context, run_on
from api.core.deps import ContextDep, IdentityDep, ScopeDep
from api.core.errors import ValidationFailed
from api.core.identities import Identity
from api.core.scope import Scope
from api.telephony.queues.stats import period
from api.telephony.reports.answers import ReportAnswer
from api.telephony.reports.figures import not_counted

router = v1_router(tags=["statistics"])


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for."""

    of: Of
    by: By
    start: datetime | None
    end: datetime | None
    interval: Interval | None


async def _asked(
    of: Of = Of.CALLS,
    by: By = By.QUEUE,
    start: Annotated[Moment | None, Query(alias="from")] = None,
    end: Annotated[Moment | None, Query(alias="to")] = None,
    interval: Interval | None = None,
) -> Asked:
    return Asked(of, by, start, end, interval)


AskedDep = Annotated[Asked, Depends(_asked)]


@router.get("/team/{team_id}/statistics", response_model=ReportAnswer)
def get_statistics(team_id: str, scope: ScopeDep, asked: AskedDep) -> Shown:
    """Show a team's figures by queue, agent or number, by default of the last 24 hours.

    A call counts in the interval in which it began. Days, weeks and months are those of the team's zone. `of` says what
    is counted: calls, or conversations of the inbox, by queue or agent.
    """
    return _report(scope, team_id, asked)


@router.get(
    "/team/{team_id}/statistics/csv",
    response_class=Response,
    responses=shows_text("name,from,to,offered\n", "text/csv"),
)
async def export_csv(team_id: str, identity: IdentityDep, context: ContextDep, asked: AskedDep) -> Response:
    """Download the same as CSV."""
    return await _file(context, identity, team_id, asked, files.csv_of, "csv", files.CSV)


@router.get(
    "/team/{team_id}/statistics/xlsx",
    response_class=Response,
    responses=shows_text("PK...", files.XLSX),
)
async def export_xlsx(team_id: str, identity: IdentityDep, context: ContextDep, asked: AskedDep) -> Response:
    """Download the same as XLSX."""
    return await _file(context, identity, team_id, asked, files.xlsx_of, "xlsx", files.XLSX)


async def _file(
    context: Context,
    identity: Identity,
    team_id: str,
    asked: Asked,
    write: Callable[[Shown], Iterator[bytes]],
    ending: str,
    kind: str,
) -> Response:
    """Read everything in one transaction, then send the file while it is made."""

    def work(session: Session) -> Shown:
        return _report(Scope(session, identity), team_id, asked)

    found = await run_on(context.pools.reads, partial(context.read, work))
    name = f"{files.name_of(asked.of, asked.by)}.{ending}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(write(found), media_type=kind, headers=headers)


def _report(scope: Scope, team_id: str, asked: Asked) -> Shown:
    team = scope.team(team_id)
    scope.require_admin(team.id)
    if wrong := not_counted(asked.of, asked.by):
        raise ValidationFailed(wrong)
    wanted = period(asked.start, asked.end, team.timezone)
    try:
        return report(scope.session, team, asked.by, wanted, asked.interval, of=asked.of)
    except TooMuch as error:
        raise ValidationFailed({"interval": str(error)}) from None
