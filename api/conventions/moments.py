"""Times that clients send: of which years they may be, and the zone of one that was sent without."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlmodel import col, select

from api.core.errors import ValidationFailed
from api.core.scope import Scope
from models import Team
from routing.expressions.values import YEARS


def bounded(moment: datetime) -> datetime:
    """Return the moment. Raises ValueError if its year is not one of `YEARS`: no zone can move such a time out of what
    a datetime holds."""
    if moment.year not in YEARS:
        raise ValueError(f"Must be a time of the years {YEARS[0]} to {YEARS[-1]}")
    return moment


def in_zone(moment: datetime, timezone: str) -> datetime:
    """Return the moment with a zone. One that was sent without a zone is a local time of `timezone`."""
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(timezone))


def zone_of(scope: Scope, team_id: str | None = None) -> str:
    """Return the zone of times that were sent without one: the team's, else that of the caller's teams.

    Raises ValidationFailed if those have several zones. A caller without a team has UTC.
    """
    teams = scope.team_ids if team_id is None else [team_id]
    zones = set(scope.session.exec(select(Team.timezone).where(col(Team.id).in_(teams))))
    if len(zones) > 1:
        raise ValidationFailed({"time": "Your teams have several time zones: send each time with its zone"})
    return zones.pop() if zones else "UTC"
