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


class OutboundToday(Answer):
    """The calls of the team's local day."""

    calls: int
    members: dict[str, int]
    """By the membership whose number was forwarded to."""
    numbers: dict[str, int]
    """By the team's number that the caller had dialled."""
    destinations: dict[str, int]
    """By the number that was rung."""
    denied: dict[str, int]
    """By reason: `closed`, `country`, `class`, `team-cap` ..."""


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
    narrowed: OutboundLimitsAnswer
    today: OutboundToday
