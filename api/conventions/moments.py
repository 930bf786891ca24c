"""Times that clients send. This is the one place that says which years a time may be of."""

from datetime import datetime
from zoneinfo import ZoneInfo

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
