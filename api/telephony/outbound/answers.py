"""What a team gets of what it may dial."""

from typing import Annotated

from pydantic import Field

from api.conventions.answers import Answer, PublicId
from routing.outbound.destinations import DestinationClass

Countries = Annotated[list[str], Field(examples=[["own", "US"]])]


class OutboundLimitsAnswer(Answer):
    """The team's own limits. Null: as the operator allows."""

    open: bool | None
    countries: Countries | None
    classes: list[DestinationClass] | None
    team_per_day: int | None
    member_per_day: int | None
    number_per_day: int | None
    destination_per_day: int | None
    team_at_once: int | None
    member_at_once: int | None
    team_minutes_per_day: int | None
    member_minutes_per_day: int | None
    team_money_per_day: int | None
    member_money_per_day: int | None


class OutboundToday(Answer):
    """The calls of the team's local day."""

    calls: int
    members: dict[str, int]
    """By the membership whose phone called, or whose number was forwarded to."""
    numbers: dict[str, int]
    """By the team's number that the caller had dialled."""
    destinations: dict[str, int]
    """By the number that was rung."""
    denied: dict[str, int]
    """By reason: `closed`, `country`, `class`, `team-cap` ..."""
    minutes: float
    """Of the calls that are over."""
    money: float
    member_minutes: dict[str, float]
    member_money: dict[str, float]


class OutboundAnswer(Answer):
    """What a team may dial in the telephone network. The caps count calls of the team's local day."""

    team: PublicId
    open: bool
    countries: Countries
    """ISO 3166 codes; `own` stands for the country of the team's number that is shown, `*` for every country."""
    only: Countries | None
    """Countries to which the team has narrowed these."""
    classes: list[DestinationClass]
    team_per_day: int
    member_per_day: int
    number_per_day: int
    destination_per_day: int
    team_at_once: int
    """Calls in the telephone network at the same time."""
    member_at_once: int
    """The same of one member."""
    team_minutes_per_day: int
    """Minutes that these calls talk."""
    member_minutes_per_day: int
    team_money_per_day: int
    """What these minutes cost by `prices`."""
    member_money_per_day: int
    prices: dict[str, float]
    """What a minute costs, by class (`mobile`), country (`DE`) or both (`DE/mobile`). What has no price is free."""
    narrowed: OutboundLimitsAnswer
    today: OutboundToday
