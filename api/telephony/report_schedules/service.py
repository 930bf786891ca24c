"""What is done with schedules of statistics. The job `send_due_reports` sends the mails."""

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, func, select

from analysis.reports.intervals import Whole, next_time
from analysis.reports.report import By, Of
from api.accounts.auth.proofs import is_verified
from api.conventions.body import apply
from api.core.errors import Conflict, ValidationFailed
from api.core.scope import Scope
from api.telephony.report_schedules.resource import SCHEDULE
from api.telephony.report_schedules.schemas import ReportScheduleCreate, ReportScheduleUpdate
from api.telephony.reports.figures import FIGURES, not_counted
from models import Queue, ReportSchedule, Role, Team, User, utcnow
from switchroom.ids import public_id
from switchroom.settings import Settings

MOST = 50
"""Schedules of one team."""


def get_visible(scope: Scope, text: str) -> ReportSchedule:
    """Return a schedule of a team that the caller administers. Raises NotFound, and Forbidden for other members."""
    row = scope.get(ReportSchedule, text, "report schedule")
    scope.require_admin(row.team_id)
    return row


def create(scope: Scope, settings: Settings, body: ReportScheduleCreate) -> ReportSchedule:
    """Make a schedule. Raises ValidationFailed, Forbidden, Conflict."""
    team_id = scope.team_for(body.team)
    scope.require_admin(team_id)
    many = scope.session.exec(
        select(func.count()).select_from(ReportSchedule).where(col(ReportSchedule.team_id) == team_id)
    ).one()
    if many >= MOST:
        raise Conflict(f"A team has at most {MOST} schedules")
    row = ReportSchedule(team_id=team_id, name=body.name, by=body.by.value, period=body.period.value)
    return _assigned(scope, settings, row, body.model_dump(mode="json", exclude={"team"}))


def update(scope: Scope, settings: Settings, row: ReportSchedule, body: ReportScheduleUpdate) -> None:
    """Assign what was sent. Raises ValidationFailed."""
    _assigned(scope, settings, row, body.model_dump(mode="json", include=body.model_fields_set))


def _assigned(
    scope: Scope, settings: Settings, row: ReportSchedule, changes: dict[str, Any]
) -> ReportSchedule:
    session = scope.session
    wrong: dict[str, str] = {}
    if "receivers" in changes:
        changes["receivers"] = _receivers(scope, settings, row.team_id, changes["receivers"], wrong)
    of, by = Of(changes.get("of", row.of)), By(changes.get("by", row.by))
    wrong |= not_counted(of, by)
    known = FIGURES.get((of, by))
    for place, name in enumerate(changes.get("figures", row.figures) or ()):
        if known is not None and name not in known:
            wrong[f"figures.{place}"] = f"One of {', '.join(known)}"
    queues = changes.get("queues", row.queues)
    if queues is not None:
        wrong |= _queues(session, row.team_id, by, queues)
    if wrong:
        raise ValidationFailed(wrong)
    apply(row, changes)
    zone = ZoneInfo(session.get_one(Team, row.team_id).timezone)
    row.next_at = next_time(Whole(row.period), row.hour, utcnow(), zone)
    session.add(row)
    session.flush()
    return row


def _receivers(
    scope: Scope, settings: Settings, team_id: str, named: Sequence[str], wrong: dict[str, str]
) -> list[str]:
    """Return the users' ids, each once. `wrong` gets what is wrong, by field."""
    found: dict[str, None] = {}
    for place, text in enumerate(named):
        field = f"receivers.{place}"
        try:
            member = scope.member_named(team_id, text, field)
        except ValidationFailed as error:
            wrong |= error.response
            continue
        if member.role == Role.GUEST.value:
            wrong[field] = "A guest gets no statistics"
        elif not is_verified(scope.session.get_one(User, member.user_id), settings):
            wrong[field] = "Has not verified their e-mail address"
        found[member.user_id] = None
    return list(found)


def _queues(session: Session, team_id: str, by: By, named: Sequence[str]) -> dict[str, str]:
    """Return what is wrong with the queues, by field."""
    if by is not By.QUEUE:
        return {"queues": "Only where by is queue"}
    own = set(session.exec(select(Queue.id).where(Queue.team_id == team_id, col(Queue.id).in_(named))))
    return {
        f"queues.{place}": "No such queue in this team" for place, id in enumerate(named) if id not in own
    }


def show_all(rows: Sequence[ReportSchedule]) -> list[dict[str, Any]]:
    """Show the schedules."""
    return [
        {
            **SCHEDULE.show(row),
            "figures": row.figures,
            "queues": None if row.queues is None else [public_id(id) for id in row.queues],
            "receivers": [public_id(id) for id in row.receivers],
        }
        for row in rows
    ]
