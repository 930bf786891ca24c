"""Every operation that takes a body gets every JSON type in every field. It answers with a 400 that names the field."""

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from api.core.errors import ValidationFailed
from tests.contract.document import OPERATIONS, Operation
from tests.contract.odd_values import VALUES
from tests.contract.team import PERSONAL, REFUSED, Team

pytestmark = pytest.mark.service

WITH_BODY = [
    operation for operation in OPERATIONS if operation.body() and operation.route.dependant.body_params
]
Path = tuple[str | int, ...]


def paths(value: Any, start: Path = ()) -> Iterator[Path]:
    """Every place in a JSON value, the whole included."""
    yield start
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in parts:
        yield from paths(part, (*start, key))


def put(value: Any, path: Path, new: Any) -> Any:
    """A copy of the value with another one at this place."""
    if not path:
        return new
    copy = deepcopy(value)
    place = copy
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = new
    return copy


def send(team: Team, operation: Operation, body: Any) -> int:
    """Return the status that the body gets, sent by an admin, or by the member where only they may."""
    person = team.world.member if operation.name in PERSONAL else team.world.admin
    answer = team.world.api.client.request(
        operation.method,
        team.path(operation),
        params=team.query(operation),
        content=json.dumps(body).replace("Infinity", "1e400").encode(),
        headers={"Content-Type": "application/json", **team.headers(operation, person)},
    )
    return int(answer.status_code)


def accepts(operation: Operation) -> Callable[[Any], bool]:
    """Return a function that says whether the operation's model accepts a body."""
    (parameter,) = operation.route.dependant.body_params
    adapter: TypeAdapter[Any] = TypeAdapter(parameter.field_info.rebuild_annotation())

    def check(body: Any) -> bool:
        try:
            adapter.validate_python(body)
        except (ValidationError, ValidationFailed):
            return False
        return True

    return check


@pytest.mark.parametrize("operation", WITH_BODY, ids=lambda operation: operation.name)
def test_no_body_is_a_fault_of_ours(operators_team: Team, operation: Operation, unlimited: None) -> None:
    team = operators_team
    whole, fits = team.whole(operation), accepts(operation)
    good = int(operation.good()[0]), REFUSED.get(operation.name)
    assert send(team, operation, team.least(operation)) in good
    wrong: list[Any] = []
    for value in VALUES:
        # What the model refuses is refused together: each field is checked, whatever the others are.
        refused = whole
        for place in paths(whole):
            least = team.least(operation)
            if not place:
                body = value
            elif isinstance(least, dict):
                body = {**least, place[0]: put(whole, place, value)[place[0]]}
            else:
                body = put(least, place, value) if place in set(paths(least)) else put(whole, place, value)
            if not fits(body):
                if not place and (status := send(team, operation, body)) != 400:
                    wrong.append((place, value, status))
                if len(place) == 1 and isinstance(whole, dict):
                    refused = put(refused, place, value)
                continue
            if (status := send(team, operation, body)) >= 500:
                wrong.append((place, value, status))
        if refused is not whole and (status := send(team, operation, refused)) != 400:
            wrong.append(("all", value, status))
    assert wrong == []


QUEUE = "/CCQueueConfig/{queue_id}"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (QUEUE, {"retention_days": False}),
        (QUEUE, {"retention_days": True}),
        (QUEUE, {"retention_days": "5"}),
        (QUEUE, {"join_when_empty": 1}),
        (QUEUE, {"join_when_empty": "true"}),
        (QUEUE, {"ring_timeout": True}),
        (QUEUE, {"max_waiting": 1.5}),
        (QUEUE, {"name": 5}),
        (QUEUE, {"strategy": {}}),
        ("/department/{dept_id}", {"ring_type": {}}),
        ("/department/{dept_id}", {"ring_type": []}),
    ],
    ids=str,
)
def test_a_wrong_json_type_is_a_400_that_names_the_field(team: Team, path: str, body: dict[str, Any]) -> None:
    path = path.format(**team.ids)
    answer = team.world.call(team.world.admin, "PATCH", path, json=body)
    assert (answer.status_code, answer.json()["response"].keys()) == (400, body.keys())


def test_a_new_department_takes_no_object_as_its_ring_type(team: Team) -> None:
    body = {"name": "Support", "team": team.ids["team_id"], "ring_type": {}}
    answer = team.world.call(team.world.admin, "POST", "/department", json=body)
    assert answer.status_code == 400
    assert "ring_type" in answer.json()["response"]


def test_enumerations_pairs_and_times_are_read_from_json(team: Team) -> None:
    world = team.world
    queue, agent, route = (team.ids[name] for name in ("queue_id", "agent_id", "route_id"))
    changed = world.call(
        world.admin, "PATCH", f"/CCQueueConfig/{queue}", json={"strategy": "random", "ring_timeout": 15}
    )
    assert (changed.json()["strategy"], changed.json()["ring_timeout"]) == ("random", 15)
    placed = world.call(
        world.admin, "POST", f"/CCQueueConfig/{queue}/agent/{agent}", json={"skills": [["german", 3]]}
    )
    assert placed.json()["place"]["skills"] == [["german", 3]]
    answer = world.call(
        world.admin, "POST", f"/callroute/{route}/dry-run", json={"at": "2026-03-02T09:30:00Z"}
    )
    assert answer.json()["at"] == "2026-03-02T09:30:00.000Z"
