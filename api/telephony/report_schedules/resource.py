"""What clients see of the schedules' table. Only admins of the team see them."""

from typing import Literal

from sqlmodel import col

from analysis.reports.intervals import Interval, Whole
from analysis.reports.report import By, Of
from api.conventions.answers import Answer, PublicId, Time
from api.conventions.resource import Resource
from api.core.scope import ADMIN_TEAMS, of_callers_teams
from models import ReportSchedule

VISIBLE = of_callers_teams(ReportSchedule).where(col(ReportSchedule.team_id).in_(ADMIN_TEAMS))


class ReportScheduleSummary(Answer):
    """Statistics that are mailed. docs/statistics.md says what each field means."""

    id: PublicId
    team: PublicId
    name: str
    of: Of
    by: By
    interval: Interval | None
    """Null: one row for the whole time."""
    period: Whole
    """The mail is about the last whole one."""
    hour: int
    """The hour of the team's clock at which the mail is sent, on the day after the period."""
    format: Literal["csv", "xlsx"]
    active: bool
    next_at: Time
    """When the next mail is due."""
    created_at: Time
    updated_at: Time


SCHEDULE = Resource("report schedule", ReportScheduleSummary, ReportSchedule, search=("name",))
