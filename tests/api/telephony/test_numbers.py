"""DID numbers over HTTP: the list by GET and by the document's POST, buying, and where numbers lead."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from models import CallRoute, DidNumber, InventoryNumber
from tests.support.api.world import World, pid

pytestmark = pytest.mark.service


def stock(world: World, *numbers: str, **columns: Any) -> None:
    place = {"country": "CA", "state": "ON", "city": "Toronto", "area_code": "416", **columns}
    world.api.add(*(InventoryNumber(e164=number, **place) for number in numbers))


def test_list_numbers_by_either_method(any_world: World) -> None:
    world = any_world
    world.api.add(DidNumber(team_id=world.team.id, e164="+14165550101", name="Second"))
    world.api.add(DidNumber(team_id=world.team.id, e164="+14165550100", name="Main"))
    stock(world, "+14165550102")
    listed = world.call(world.member, "GET", "/didnumber")
    assert [number["number"] for number in listed.json()] == ["+14165550100", "+14165550101"]
    empties: list[dict[str, Any]] = [{}, {"json": {}}]
    for empty in empties:
        documented = world.call(world.member, "POST", "/didnumber", **empty)
        assert (documented.status_code, documented.json()) == (200, listed.json())
    found = world.call(world.member, "GET", "/didnumber", params={"where": '{"name": "Main"}'})
    assert [number["name"] for number in found.json()] == ["Main"]
    assert world.call(world.stranger, "GET", "/didnumber").json() == []
    assert world.call(None, "GET", "/didnumber").status_code == 401
    assert world.call(None, "POST", "/didnumber").status_code == 401


def test_populate_where_nothing_can_be_populated_is_refused(world: World) -> None:
    wrong = world.call(world.member, "GET", "/didnumber?populate=route")
    assert (wrong.status_code, list(wrong.json()["response"])) == (400, ["populate"])


@pytest.mark.parametrize(
    "criteria",
    [
        {"country": "ca", "state": "on", "city": "toronto"},
        {"area_code": "416"},
        {"contains": "165550"},
        {"number": "+14165550100"},
    ],
)
def test_buy_by_criteria(world: World, criteria: dict[str, str]) -> None:
    stock(world, "+14165550100")
    stock(world, "+15145550199", state="QC", city="Montreal", area_code="514")
    queue = world.queue()
    answer = world.call(
        world.admin, "POST", "/didnumber", json={**criteria, "queue": pid(queue), "name": "Main"}
    )
    assert answer.status_code == 201
    number = answer.json()
    assert (number["number"], number["name"], number["queue"]) == ("+14165550100", "Main", pid(queue))
    assert (number["team"], number["country"], number["city"]) == (world.admin.team, "CA", "Toronto")
    assert world.engine.commands() == [{"type": "config", "kind": "number", "id": number["id"][1:]}]
    again = world.call(world.admin, "POST", "/didnumber", json=criteria)
    assert (again.status_code, again.json()["errorType"]) == (404, "not_found")


def test_nothing_is_bought_without_criteria(world: World) -> None:
    stock(world, "+14165550100")
    answer = world.call(world.admin, "POST", "/didnumber", json={"name": "Any"})
    assert answer.status_code == 400
    assert world.call(world.admin, "GET", "/didnumber").json() == []


def test_a_number_is_sold_once(any_world: World) -> None:
    world = any_world
    stock(world, *(f"+1416555010{digit}" for digit in range(4)))

    def buy(_: int) -> Any:
        return world.call(world.admin, "POST", "/didnumber", json={"area_code": "416"})

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(buy, range(6)))
    bought = [answer.json()["number"] for answer in answers if answer.status_code == 201]
    assert len(bought) == len(set(bought)) == 4
    assert sorted(answer.status_code for answer in answers) == [201] * 4 + [404] * 2


def test_update_number(world: World) -> None:
    queue = world.queue()
    route = CallRoute(team_id=world.team.id, name="Main", entry="bye", blocks={"bye": {"type": "hangup"}})
    number = DidNumber(team_id=world.team.id, e164="+14165550100", queue_id=queue.id)
    world.api.add(route, number)
    path = f"/didnumber/{pid(number)}"
    answer = world.call(
        world.admin, "PATCH", path, json={"name": "Hotline", "route": pid(route), "recording": "none"}
    )
    assert answer.status_code == 200
    shown = answer.json()
    assert (shown["name"], shown["route"], shown["queue"]) == ("Hotline", pid(route), None)
    assert shown["recording"] == "none"
    to_user = world.call(world.admin, "PATCH", path, json={"user": world.member.id}).json()
    assert (to_user["user"], to_user["route"]) == (world.member.id, None)
    nowhere = world.call(world.admin, "PATCH", path, json={"user": None}).json()
    assert (nowhere["user"], nowhere["route"], nowhere["queue"]) == (None, None, None)
    assert world.call(world.member, "GET", path).json()["name"] == "Hotline"
    assert world.engine.commands() == [{"type": "config", "kind": "number", "id": number.id}] * 3


def test_wrong_targets_are_named(world: World) -> None:
    number = DidNumber(team_id=world.team.id, e164="+14165550100")
    world.api.add(number)
    path, queue = f"/didnumber/{pid(number)}", world.queue()
    two = world.call(world.admin, "PATCH", path, json={"queue": pid(queue), "user": world.member.id})
    assert (two.status_code, set(two.json()["response"])) == (400, {"queue", "user"})
    foreign = world.call(world.admin, "PATCH", path, json={"user": world.stranger.id})
    assert (foreign.status_code, set(foreign.json()["response"])) == (400, {"user"})
    unknown = world.call(world.admin, "PATCH", path, json={"route": "a" + "0" * 32})
    assert (unknown.status_code, set(unknown.json()["response"])) == (400, {"route"})


@pytest.mark.parametrize("country", ["Canada", "canada", "CAN", "ca"])
def test_a_country_is_taken_by_name_or_code(world: World, country: str) -> None:
    stock(world, "+12125550100", country="US", state="NY", city="New York", area_code="212")
    stock(world, "+14165550100")
    bought = world.call(world.admin, "POST", "/didnumber", json={"country": country, "state": "Ontario"})
    assert (bought.status_code, bought.json()["number"]) == (201, "+14165550100")
    wrong = world.call(world.admin, "POST", "/didnumber", json={"country": "Atlantis"})
    assert (wrong.status_code, wrong.json()["response"]) == (400, {"country": "No such country"})


def test_an_unknown_criterion_is_refused_by_the_name_that_is_meant(world: World) -> None:
    stock(world, "+14165550100")
    wrong = world.call(world.admin, "POST", "/didnumber", json={"areacode": "416", "nonsense": 1})
    assert wrong.status_code == 400
    assert wrong.json()["response"] == {
        "areacode": "There is no such field. Is it area_code?", "nonsense": "There is no such field",
    }  # fmt: skip
    assert world.call(world.admin, "GET", "/didnumber").json() == []


def test_free_numbers_are_listed_for_admins(any_world: World) -> None:
    world = any_world
    stock(world, "+14165550101", "+14165550100")
    stock(world, "+12125550100", country="US", state="NY", city="New York", area_code="212")
    stock(world, "+14165550199", taken=True)
    path = "/didnumber/available"
    free = world.call(world.admin, "GET", path)
    assert [number["number"] for number in free.json()] == ["+12125550100", "+14165550100", "+14165550101"]
    assert free.headers["X-Total-Count"] == "3"
    found = world.call(world.admin, "GET", path, params={"country": "CA", "limit": 1})
    assert found.json() == [
        {"number": "+14165550100", "country": "CA", "state": "ON", "city": "Toronto", "area_code": "416"}
    ]
    assert world.call(world.member, "GET", path).status_code == 403
    assert world.call(None, "GET", path).status_code == 401


def test_a_released_number_is_free_again(any_world: World) -> None:
    world = any_world
    stock(world, "+14165550100")
    bought = world.call(world.admin, "POST", "/didnumber", json={"area_code": "416"}).json()
    with world.api.session() as session:
        session.get(type(world.team), world.team.id).main_number = "+14165550100"
    path = f"/didnumber/{bought['id']}"
    assert world.call(None, "DELETE", path).status_code == 401
    assert world.call(world.stranger, "DELETE", path).status_code == 404
    assert world.call(world.member, "DELETE", path).status_code == 403
    released = world.call(world.admin, "DELETE", path)
    assert (released.status_code, released.json()["number"]) == (200, "+14165550100")
    assert world.call(world.admin, "GET", path).status_code == 404
    assert world.api.get(type(world.team), world.team.id).main_number is None
    commands = world.engine.commands()
    assert {"type": "config", "kind": "number", "id": bought["id"][1:]} == commands[-1]
    free = world.call(world.stranger, "GET", "/didnumber/available").json()
    assert [number["number"] for number in free] == ["+14165550100"]
    assert world.call(world.stranger, "POST", "/didnumber", json={"area_code": "416"}).status_code == 201


@pytest.mark.parametrize("city", ["Montréal", "MONTREAL", "montre\u0301al"])
def test_a_city_is_found_without_case_and_accents(any_world: World, city: str) -> None:
    world = any_world
    stock(world, "+15145550199", state="QC", city="Montréal", area_code="514")
    body = {"city": city, "team": world.admin.team}
    answer = world.call(world.admin, "POST", "/didnumber", json=body)
    assert (answer.status_code, answer.json()["city"]) == (201, "Montréal")
