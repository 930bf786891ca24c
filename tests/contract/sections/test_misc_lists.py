"""`list-plans` and `list-countries` of the section `misc`: they are public."""

import pytest

from tests.api.conftest import api, cheap_hashes, make_api
from tests.support.api.client import Api
from tests.support.api.world import World, world

__all__ = ["api", "cheap_hashes", "make_api", "world"]
pytestmark = pytest.mark.service


@pytest.mark.operation("list-plans")
def test_the_documents_plans(world: World) -> None:
    for person in (None, world.member, world.stranger):
        answer = world.call(person, "GET", "/plan")
        assert answer.status_code == 200
        assert answer.json() == [
            {
                "name": "Pro",
                "code": "debriefpro",
                "price": "20",
                "country": "united states",
                "default_plan": True,
                "currency": None,
                "id": "ab3df0f92b7b953ba99e278ae77537db0",
            },
            {
                "name": "Unlimited",
                "code": "debriefunlimited",
                "price": "30",
                "country": "united states",
                "default_plan": False,
                "currency": None,
                "id": "a00716cfa293f68439b4fe1162ba906da",
            },
        ]


@pytest.mark.operation("list-countries")
def test_countries_as_documented(api: Api) -> None:
    answer = api.client.get("/v1/country", params={"limit": 10, "skip": 0})
    assert answer.status_code == 200
    assert answer.headers["X-Total-Count"] == "249"
    listed = answer.json()
    assert [country["code"] for country in listed[:3]] == ["US", "CA", "AF"]
    assert len(listed) == 10
    assert all(set(country) == {"code", "name", "id"} and len(country["id"]) == 33 for country in listed)
    rest = api.client.get("/v1/country", params={"limit": 1000, "skip": 10}).json()
    assert len({country["id"] for country in [*listed, *rest]}) == 249
    assert api.client.get("/v1/country?limit=0").status_code == 400
