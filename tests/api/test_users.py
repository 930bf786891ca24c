"""`/user`: the document's examples, strangers, no token."""

import pytest

from tests.api.conftest import Api

pytestmark = pytest.mark.unit


def test_list_shows_colleagues_and_no_strangers(any_api: Api) -> None:
    team = any_api.team("One")
    me, colleague = any_api.person(team), any_api.person(team)
    stranger = any_api.person(any_api.team("Two"))
    answer = any_api.client.get("/v1/USER?sort=email", headers=me.headers)
    assert answer.status_code == 200
    seen = [user["id"] for user in answer.json()]
    assert colleague.id in seen
    assert stranger.id not in seen
    assert me.id not in seen
    assert answer.headers["X-Total-Count"] == "2"


def test_a_list_needs_a_token(api: Api) -> None:
    answer = api.client.get("/v1/user")
    assert answer.status_code == 401
    assert answer.json()["errorType"] == "authentication"
