"""Database rows become values of the core, by the names of their fields."""

from types import SimpleNamespace
from typing import Any

import pytest

from routing.config import (
    NumberConfig,
    OpeningHours,
    Overflow,
    QueueConfig,
    QueueMember,
    Relaxation,
    SkillNeed,
    Strategy,
)
from routing.persistence.rows import from_row

pytestmark = pytest.mark.unit


def row(**columns: Any) -> SimpleNamespace:
    """A queue's row with the core's own defaults."""
    default = QueueConfig("q", "t", "Sales")  # type: ignore[arg-type]
    found: dict[str, Any] = {name: getattr(default, name) for name in QueueConfig.__slots__}
    return SimpleNamespace(**{**found, **columns})


def queue(**columns: Any) -> QueueConfig:
    return from_row(QueueConfig, row(**columns))


def test_each_field_is_read_by_its_name_and_made_of_its_type() -> None:
    made = queue(
        strategy="linear",
        wrap_up=7,
        skills=[{"skill": "french"}, {"skill": "german", "level": 3, "required": False}],
        relaxation=[{"after": 30, "lower": 2}],
        hours={"timezone": "UTC", "weekly": {"mon": [["09:00", "17:00"]]}, "holidays": ["2026-12-25"]},
        overflow={"type": "queue", "settings": {"queue": "x"}},
        comfort_sounds=["a", "b"],
    )
    assert made.strategy is Strategy.LINEAR
    assert (made.wrap_up, type(made.wrap_up)) == (7.0, float)
    assert made.skills == (SkillNeed("french"), SkillNeed("german", 3, required=False))
    assert made.relaxation == (Relaxation(30.0, 2),)
    assert made.hours == OpeningHours("UTC", {"mon": (("09:00", "17:00"),)}, ("2026-12-25",))
    assert made.overflow == Overflow("queue", {"queue": "x"})
    assert made.comfort_sounds == ("a", "b")
    assert (made.max_wait, made.recording) == (None, None)


def test_a_field_that_is_an_id_may_be_a_column_with_that_ending() -> None:
    number = SimpleNamespace(
        id="n", team_id="t", e164="+1", route_id="r", queue_id=None, user_id=None, recording=None
    )
    made = from_row(NumberConfig, number)
    assert (made.team, made.route, made.queue) == ("t", "r", None)


def test_what_is_given_is_not_read_from_the_row() -> None:
    member = SimpleNamespace(order=1, skills=[["french", 3]], weight=2)
    made = from_row(QueueMember, member, agent="a")
    assert made == QueueMember("a", 1, (("french", 3),), 2)  # type: ignore[arg-type]


def test_keys_of_a_newer_release_are_ignored() -> None:
    made = queue(skills=[{"skill": "french", "level": 2, "newer": 1}])
    assert made.skills == (SkillNeed("french", 2),)


def test_a_row_that_lacks_a_field_is_named() -> None:
    lacking = row()
    del lacking.max_wait
    with pytest.raises(AttributeError, match="SimpleNamespace has no max_wait"):
        from_row(QueueConfig, lacking)


@pytest.mark.parametrize(
    "columns",
    [
        {"strategy": "loudest"},
        {"wrap_up": "soon"},
        {"comfort_sounds": "abc"},
        {"skills": [{"level": 2}]},
        {"skills": ["french"]},
        {"hours": {"timezone": "UTC", "weekly": []}},
        {"hours": {"timezone": "UTC", "weekly": {"mon": [["09:00"]]}}},
        {"overflow": []},
    ],
    ids=str,
)
def test_a_value_that_is_not_valid_is_refused(columns: dict[str, Any]) -> None:
    with pytest.raises((ValueError, TypeError)):
        queue(**columns)


def test_half_days_are_read_like_weekly_hours() -> None:
    half = {"12-24": [["09:00", "12:00"]]}
    made = queue(hours={"timezone": "UTC", "weekly": {}, "holidays": ["01-01"], "half_days": half})
    assert made.hours == OpeningHours("UTC", {}, ("01-01",), {"12-24": (("09:00", "12:00"),)})
