"""What clients send about schedules."""

from typing import Annotated, Literal

from pydantic import Field

from analysis.reports.intervals import Interval, Whole
from analysis.reports.report import By, Of
from api.conventions.body import Body, Patch
from api.conventions.fields import Id, Line, OneOf

Name = Annotated[Line, Field(min_length=1, examples=["Monday's figures"])]
Hour = Annotated[int, Field(ge=0, le=23)]
Figures = Annotated[list[Annotated[str, Field(max_length=40)]], Field(min_length=1, max_length=60)]
Queues = Annotated[list[Id], Field(min_length=1, max_length=1000)]
Receivers = Annotated[list[Id], Field(min_length=1, max_length=50)]
Format = Literal["csv", "xlsx"]


class ReportScheduleCreate(Body):
    """Statistics that are to be mailed."""

    name: Name
    team: Id | None = None
    """May be left out by who is in one team only."""
    of: OneOf[Of] = Of.CALLS
    """What is counted: calls, or conversations of the inbox."""
    by: OneOf[By] = By.QUEUE
    interval: OneOf[Interval] | None = None
    """Null: one row for the whole time."""
    period: OneOf[Whole] = Whole.DAY
    """The mail is about the last whole one."""
    hour: Hour = 6
    """The hour of the team's clock at which the mail is sent, on the day after the period."""
    figures: Figures | None = None
    """The columns of the file, by the names of `GET /v1/team/:id/statistics`; null: all."""
    queues: Queues | None = None
    """The queues of the rows; null: all. Only where `by` is `queue`."""
    receivers: Receivers
    """Users or memberships: active members whose address is verified."""
    format: Format = "xlsx"
    active: bool = True
    """False: nothing is mailed."""


class ReportScheduleUpdate(Patch):
    """What changes in a schedule."""

    name: Name
    of: OneOf[Of]
    """What is counted: calls, or conversations of the inbox."""
    by: OneOf[By]
    interval: OneOf[Interval] | None
    """Null: one row for the whole time."""
    period: OneOf[Whole]
    """The mail is about the last whole one."""
    hour: Hour
    """The hour of the team's clock at which the mail is sent, on the day after the period."""
    figures: Figures | None
    """The columns of the file, by the names of `GET /v1/team/:id/statistics`; null: all."""
    queues: Queues | None
    """The queues of the rows; null: all. Only where `by` is `queue`."""
    receivers: Receivers
    """Users or memberships: active members whose address is verified."""
    format: Format
    active: bool
    """False: nothing is mailed."""
