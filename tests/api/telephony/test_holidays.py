"""`GET /v1/holidays`: movable holidays as dates that opening hours take."""

import pytest

from tests.support.api.world import World

pytestmark = pytest.mark.service

BERLIN = {"country": "DE", "subdivision": "BE", "year": 2027, "years": 2}


def test_movable_holidays_are_offered_for_opening_hours(world: World) -> None:
    answer = world.call(world.member, "GET", "/holidays", params=BERLIN)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    dates = [holiday["date"] for holiday in found]
    assert dates == sorted(dates)
    # Easter Monday in both years, and the Women's Day, which is a holiday in Berlin only.
    assert {"2027-03-29", "2028-04-17", "2027-03-08"} <= set(dates)
    assert all(holiday["name"] for holiday in found)
    hours = {"timezone": "Europe/Berlin", "weekly": {"mon": [["09:00", "17:00"]]}, "holidays": dates}
    body = {"team": world.admin.team, "name": "Q", "hours": hours}
    saved = world.call(world.admin, "POST", "/CCQueueConfig", json=body)
    assert (saved.status_code, saved.json()["hours"]["holidays"]) == (201, dates)


def test_a_country_without_its_parts(world: World) -> None:
    whole = {"country": "DE", "year": 2027}
    dates = [it["date"] for it in world.call(world.member, "GET", "/holidays", params=whole).json()]
    assert "2027-03-29" in dates
    assert "2027-03-08" not in dates


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("country", "XX"),
        ("country", "Germany"),
        ("country", "de"),
        ("subdivision", "ZZ"),
        ("year", 1),
        ("year", 9999),
        ("years", 0),
        ("years", 11),
    ],
)
def test_what_is_not_known_is_a_400_that_names_the_field(world: World, field: str, value: object) -> None:
    answer = world.call(world.member, "GET", "/holidays", params={**BERLIN, field: value})
    assert (answer.status_code, field in answer.text) == (400, True), answer.text


def test_nobody_is_refused(world: World) -> None:
    assert world.call(None, "GET", "/holidays", params=BERLIN).status_code == 401
