"""What clients send about surveys, and what they get."""

from typing import Annotated

from pydantic import Field

from api.conventions.answers import Answer
from api.inbox.fields import DashedId, InboxIds, OfOrganization

DAY = r"^\d{4}-\d\d-\d\d$"
Day = Annotated[str, Field(pattern=DAY, examples=["2026-03-02"])]


class SurveysSought(OfOrganization):
    """Which surveys the client wants to have counted."""

    channel_ids: InboxIds | None = None
    """Null: all channels."""
    first_day: Day | None = None
    """Null: from the first one on."""
    last_day: Day | None = None
    """Null: up to the last one."""


class SurveyFigures(Answer):
    """The surveys that were asked on one day, over one channel."""

    date: Annotated[str, Field(examples=["2026-03-02"])]
    channel_id: DashedId
    asked: int
    answered: int
    average: float | None
    """Of the scores, from 1 to 5, rounded to hundredths; null: nobody has answered."""
    scores: Annotated[dict[str, int], Field(examples=[{"1": 0, "2": 0, "3": 1, "4": 2, "5": 7}])]
    """How many gave each score."""


class SurveyStats(Answer):
    """The surveys of an organization by day and channel, in the order of the days."""

    data: list[SurveyFigures]
