"""Operations on satisfaction surveys. The question stands in the settings of a channel."""

from typing import Any

from sqlalchemy import func
from sqlalchemy import select as sa_select
from sqlmodel import col

from api.conventions.resource import Shown
from api.core.deps import ScopeDep
from api.core.route import reads
from api.core.scope import Scope
from api.inbox.organization import organization
from api.inbox.router import inbox_router
from api.inbox.surveys.schemas import SurveysSought, SurveyStats
from models import InboxSurvey
from models.inbox_survey import HIGHEST, LOWEST
from switchroom.ids import dashed_id

router = inbox_router("inbox surveys")

_SCORES = range(LOWEST, HIGHEST + 1)


@router.post("/survey-stats", response_model=SurveyStats)
@reads
def get_survey_stats(body: SurveysSought, scope: ScopeDep) -> Shown:
    """Count the surveys of each day, over each channel. Days are those of the organization's time zone."""
    return {"data": _figures(scope, body)}


def _figures(scope: Scope, body: SurveysSought) -> list[Shown]:
    """Return the figures by day and channel: one statement, grouped by score, too. Raises NotFound."""
    team = organization(scope, body.organization_id)
    day, channel, score = col(InboxSurvey.day), col(InboxSurvey.channel_id), col(InboxSurvey.score)
    counted = sa_select(day, channel, score, func.count()).where(col(InboxSurvey.team_id) == team)
    if body.channel_ids:
        counted = counted.where(channel.in_(body.channel_ids))
    if body.first_day is not None:
        counted = counted.where(day >= body.first_day)
    if body.last_day is not None:
        counted = counted.where(day <= body.last_day)
    found: dict[tuple[str, str], dict[int | None, int]] = {}
    for date, id, given, number in scope.session.execute(counted.group_by(day, channel, score)):
        found.setdefault((date, id), {})[given] = number
    return [_show(date, id, by_score) for (date, id), by_score in sorted(found.items())]


def _show(date: str, channel_id: str, by_score: dict[int | None, int]) -> dict[str, Any]:
    scores = {str(score): by_score.get(score, 0) for score in _SCORES}
    answered = sum(scores.values())
    total = sum(score * by_score.get(score, 0) for score in _SCORES)
    return {
        "date": date,
        "channel_id": dashed_id(channel_id),
        "asked": sum(by_score.values()),
        "answered": answered,
        "average": round(total / answered, 2) if answered else None,
        "scores": scores,
    }
