"""Policies for calls to the telephone network. A team of a test that dials out says so: it is closed by default."""

from routing.outbound.destinations import DestinationClass
from routing.outbound.policy import OutboundPolicy

OPEN = OutboundPolicy(
    open=True,
    countries=("CA",),
    classes=(DestinationClass.FIXED, DestinationClass.MOBILE),
    team_per_day=1_000_000,
    member_per_day=1_000_000,
    number_per_day=1_000_000,
    destination_per_day=1_000_000,
    team_at_once=1_000_000,
    member_at_once=1_000_000,
    team_minutes_per_day=1_000_000,
    member_minutes_per_day=1_000_000,
    team_money_per_day=1_000_000,
    member_money_per_day=1_000_000,
)
"""Fixed lines and mobiles of Canada, without a cap that a test would reach, and without an alarm about velocity."""
