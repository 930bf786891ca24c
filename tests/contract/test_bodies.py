"""Every operation that takes a body gets every JSON type in every field. It answers with a 400 that names the field."""

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from analysis.simulate.child_process import Outcome
from api.conventions.examples import example
from api.core.errors import ValidationFailed
from api.core.rate_limits import RateLimiter
from api.telephony.queues import simulation
from models import CallLog, CallRoute, Contact, Department, DidNumber, Voicemail
from routing.simulation import Plan, scenario_of, simulate
from switchroom.ids import public_id
from tests.api.conftest import api, cheap_hashes, make_api
from tests.contract.document import DOCUMENT, OPERATIONS, Operation, resolved
from tests.support.api.world import World, pid, world

__all__ = ["api", "cheap_hashes", "make_api", "world"]

pytestmark = pytest.mark.service

VALUES: list[Any] = [
    None, True, 0, -1, 1.5, float("inf"), "", "x", "\ud800", [], {}, {"x": [{"y": None}]},
]  # fmt: skip
SCHEMAS = DOCUMENT["components"]["schemas"]
WITH_BODY = [operation for operation in OPERATIONS if operation.body() is not None]
REFUSED = {
    "resend_invite": 404,
    "accept_invite": 400,
    "reset_password": 400,
    "submit_reset_page": 400,
    "submit_invite_page": 400,
    "submit_verification_page": 400,
    "verify_email": 400,
    "set_quotas": 403,
    "begin_second_factor": 400,
    "confirm_second_factor": 409,
    "disable_second_factor": 400,
    "login_user": 401,
    "change_password": 400,
}
"""What operations answer to a right body that has no secret of ours, or names nobody who was invited."""

NEEDED: dict[str, tuple[str, ...]] = {
    "create_contact": ("first_name",),
    "create_route": ("entry", "blocks"),
    "update_route": ("entry", "blocks"),
    "login_user": ("username", "password"),
    "simulate": ("shifts", "calls", "calls_per_hour", "aht"),
}
"""Fields that are not required one by one, but without which the operation refuses the body."""

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


class Bodies:
    """Bodies for a world's operations, which its handlers accept."""

    def __init__(self, world: World) -> None:
        queue, team = world.queue(), world.team.id
        agent = world.agent(None, "Kate", queue)
        self._made = 0
        mailbox = {"kind": "team", "id": team}
        blocks = {"message": {"type": "voicemail", "settings": {"mailbox": mailbox}, "exits": {}}}
        rows: dict[str, Any] = {
            "queue_id": queue,
            "agent_id": agent,
            "dept_id": Department(team_id=team, name="Support"),
            "contact_id": Contact(owner_id=world.admin.user.id, first_name="Ann"),
            "route_id": CallRoute(team_id=team, name="Main", entry="message", blocks=blocks),
            "number_id": DidNumber(team_id=team, e164="+14165550100"),
            "call_id": CallLog(team_id=team, disposition="answered"),
        }
        rows["voicemail_id"] = Voicemail(
            team_id=team, call_id=rows["call_id"].id, mailbox_id=team, file="voicemail/x.wav"
        )
        world.api.add(*(row for name, row in rows.items() if name not in ("queue_id", "agent_id")))
        self.ids = {name: pid(row) for name, row in rows.items()}
        self.ids |= {"team_id": public_id(team), "user_id": world.member.id, "table": "ps_auths"}
        self._fields: dict[str, Any] = {
            "team": public_id(team),
            "user": world.member.id,
            "owner": world.admin.id,
            "queue": pid(queue),
            "queueId": pid(queue),
            "agents": [pid(agent)],
            "managers": [world.admin.id],
            "entry": "message",
            "blocks": blocks,
            "calls": 5,
            "shifts": [{"agent": "Kate", "from": "00:00", "to": "24:00"}],
        }

    def path(self, operation: Operation) -> str:
        return operation.route.path.format(**self.ids)

    def least(self, operation: Operation) -> Any:
        """The required fields alone, or those by which the operation does anything."""
        schema = resolved(operation.body() or {})
        if schema.get("type") == "array":
            return [self._object(resolved(schema["items"]))]
        return self._object(schema, NEEDED.get(operation.name, ()))

    def whole(self, operation: Operation) -> Any:
        return example(operation.body() or {}, SCHEMAS)

    def _object(self, schema: dict[str, Any], more: tuple[str, ...] = ()) -> dict[str, Any]:
        self._made += 1
        fields = schema["properties"]
        unique = {
            "name": f"Name {self._made}",
            "team_name": f"Team {self._made}",
            "email": f"user{self._made}@example.com",
        }
        given = {**self._fields, **unique}
        wanted = (*schema.get("required", ()), *more)
        return {name: given.get(name, example(fields[name], SCHEMAS)) for name in wanted}


@pytest.fixture
def unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    """No rate limits, and simulations in this process: a process for each would take most of the time."""

    def at_once(plan: Plan, _seconds: float) -> Outcome:
        return Outcome(simulate(scenario_of(plan), plan.seed).figures(), None)

    monkeypatch.setattr(RateLimiter, "hit", lambda *_: None)
    monkeypatch.setattr(simulation, "simulate_in_child", at_once)


def send(world: World, operation: Operation, path: str, body: Any) -> int:
    """The status that the body gets, sent by an admin."""
    content = json.dumps(body).replace("Infinity", "1e400").encode()
    headers = {"Content-Type": "application/json", **world.admin.headers}
    answer = world.api.client.request(operation.method, path, content=content, headers=headers)
    return int(answer.status_code)


def accepts(operation: Operation) -> Callable[[Any], bool]:
    """Whether the operation's model accepts a body."""
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
def test_no_body_is_a_fault_of_ours(world: World, operation: Operation, unlimited: None) -> None:
    bodies = Bodies(world)
    path, whole, fits = bodies.path(operation), bodies.whole(operation), accepts(operation)
    assert send(world, operation, path, bodies.least(operation)) in (
        200, 201, REFUSED.get(operation.name),
    )  # fmt: skip
    wrong: list[Any] = []
    for value in VALUES:
        # What the model refuses is refused together: each field is checked, whatever the others are.
        refused = whole
        for place in paths(whole):
            least = bodies.least(operation)
            if not place:
                body = value
            elif isinstance(least, dict):
                body = {**least, place[0]: put(whole, place, value)[place[0]]}
            else:
                body = put(least, place, value) if place in set(paths(least)) else put(whole, place, value)
            if not fits(body):
                if len(place) == 1 and isinstance(whole, dict):
                    refused = put(refused, place, value)
                continue
            if (status := send(world, operation, path, body)) >= 500:
                wrong.append((place, value, status))
        if refused is not whole and (status := send(world, operation, path, refused)) != 400:
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
def test_a_wrong_json_type_is_a_400_that_names_the_field(
    world: World, path: str, body: dict[str, Any]
) -> None:
    path = path.format(**Bodies(world).ids)
    answer = world.call(world.admin, "PATCH", path, json=body)
    assert (answer.status_code, answer.json()["response"].keys()) == (400, body.keys())


def test_a_new_department_takes_no_object_as_its_ring_type(world: World) -> None:
    body = {"name": "Support", "team": public_id(world.team.id), "ring_type": {}}
    answer = world.call(world.admin, "POST", "/department", json=body)
    assert answer.status_code == 400
    assert "ring_type" in answer.json()["response"]


def test_enumerations_pairs_and_times_are_read_from_json(world: World) -> None:
    bodies = Bodies(world)
    queue, agent, route = (bodies.ids[name] for name in ("queue_id", "agent_id", "route_id"))
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
