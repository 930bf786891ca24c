"""What a list takes in its query: plain filters, and nothing that it does not know."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api.conventions.router import TeamOperation
from models import CallLog, CallRoute, Contact, Department, Integration, Role, Team, TeamUser, User, Voicemail
from tests.contract.document import OPERATIONS, Operation
from tests.support.api.world import Refuses, World, pid

pytestmark = pytest.mark.service

LISTS = [
    operation
    for operation in OPERATIONS
    if isinstance(operation.route, TeamOperation) and operation.route.listed
]
each_list = pytest.mark.parametrize("operation", LISTS, ids=lambda operation: operation.name)
READING = [it for it in LISTS if isinstance(it.route, TeamOperation) and it.route.reads]


def names(world: World, path: str, **params: Any) -> list[str]:
    answer = world.call(world.member, "GET", path, params=params)
    assert answer.status_code == 200, answer.text
    return [shown["name"] for shown in answer.json()]


def path_of(world: World, operation: Operation) -> str:
    ids = {"team_id": world.member.team, "team_user_id": world.member.id}
    if "{route_id}" in operation.route.path:
        route = CallRoute(team_id=world.team.id, name="Main", entry="end")
        world.api.add(route)
        ids["route_id"] = pid(route)
    if "{chat_id}" in operation.route.path:
        body = {"name": "Room", "type": "room", "team": world.admin.team, "users": [world.member.id]}
        ids["chat_id"] = world.call(world.admin, "POST", "/chat", json=body).json()["id"]
        if "{message_id}" in operation.route.path:
            sent = world.call(world.admin, "POST", f"/chat/{ids['chat_id']}/messages", json={"body": "Hi"})
            ids["message_id"] = sent.json()["id"]
    if "{integration_id}" in operation.route.path:
        integration = Integration(
            user_id=world.admin.user.id,
            type="events",
            provider="google",
            email="a@example.com",
            sealed_grant="",
        )
        world.api.add(integration)
        ids["integration_id"] = pid(integration)
    return operation.route.path.format(**ids).removeprefix("/v1")


def needed(world: World, operation: Operation) -> dict[str, str]:
    """Return the query parameters without which the list is refused."""
    return {"users": world.member.id} if operation.name == "chat_exists" else {}


@each_list
def test_each_field_of_each_list_is_a_filter_in_the_document(world: World, operation: Operation) -> None:
    assert isinstance(operation.route, TeamOperation)
    assert operation.route.listed is not None
    values = {"id": "a" + "0" * 32, "time": "2026-03-01T00:00:00Z", "boolean": "true", "text": "x"}
    described = {parameter["name"] for parameter in operation.said["parameters"]}
    path = path_of(world, operation)
    with world.api.session() as session:
        session.get(User, world.admin.user.id).operator = True
    for name in sorted(operation.route.listed.queryable):
        assert name in described
        if name in operation.route.filters:
            value = values.get(operation.route.listed.kind(name), "1")
            params = {**needed(world, operation), name: value}
            answer = world.call(world.admin, operation.method, path, params=params)
            assert answer.status_code == 200, (name, answer.text)


@each_list
def test_an_unknown_parameter_is_a_400_that_names_it(world: World, operation: Operation) -> None:
    path = path_of(world, operation)
    params = {**needed(world, operation), "nonsense": "1", "limit": 5, "Id": "x"}
    answer = world.call(world.admin, operation.method, path, params=params)
    assert (answer.status_code, set(answer.json()["response"])) == (400, {"nonsense", "Id"})


@pytest.mark.parametrize("operation", READING, ids=lambda it: it.name)
def test_a_parameter_without_a_value_is_not_set(world: World, operation: Operation) -> None:
    """The document sends `?team=&type=&chat=&from=`."""
    assert isinstance(operation.route, TeamOperation)
    assert operation.route.listed is not None
    with world.api.session() as session:
        session.get(User, world.admin.user.id).operator = True
    path, own = path_of(world, operation), needed(world, operation)
    blank = {parameter["name"] for parameter in operation.said["parameters"] if parameter["in"] == "query"}
    blank -= {*operation.route.listed.maybe_blank, *own, "cursor"}
    asked = [{**own, **more} for more in ({}, dict.fromkeys(sorted(blank), ""))]
    plain, unset = (world.call(world.admin, operation.method, path, params=params) for params in asked)
    assert (unset.status_code, len(unset.json())) == (200, len(plain.json())), unset.text


def test_only_what_reads_passes_over_parameters_without_a_value(world: World) -> None:
    """A trial that lost its value would be an import."""
    path = f"/team/{world.admin.team}/import/users"
    answer = world.call(world.admin, "POST", f"{path}?dry_run=", json={"csv": "email\na@b.example\n"})
    assert (answer.status_code, set(answer.json()["response"])) == (400, {"dry_run"}), answer.text


def test_a_text_that_may_be_empty_is_looked_for(world: World) -> None:
    for last_name in ("", "Doe"):
        body = {"first_name": "Ann", "last_name": last_name}
        assert world.call(world.member, "POST", "/contact", json=body).status_code == 201
    found = world.call(world.member, "GET", "/contact?last_name=&owner").json()
    assert [contact["last_name"] for contact in found] == [""]


def test_every_operation_refuses_what_it_does_not_know(world: World, refuses_outsiders: Refuses) -> None:
    queue = f"/CCQueueConfig/{pid(world.queue())}"
    for method, path in (("GET", queue), ("PATCH", queue), ("GET", "/user/me"), ("GET", "/job/failed")):
        answer = world.call(world.admin, method, path, params={"where": "{}"}, json={})
        assert (answer.status_code, set(answer.json()["response"])) == (400, {"where"})
    refuses_outsiders("GET", f"{queue}?where=x", stranger=(400,))
    assert world.call(world.admin, "GET", queue, params={"populate": "agents"}).status_code == 200
    assert world.call(world.admin, "GET", "/user", params={"populate": ""}).status_code == 200


def test_a_filter_means_equality_beside_where_and_search(any_world: World) -> None:
    world = any_world
    world.queue("Sales", strategy="random")
    world.queue("Support", strategy="linear", ring_timeout=11)
    world.queue("Storm", strategy="random", ring_timeout=11)
    path = f"/team/{world.member.team}/ccqueueconfig"
    assert names(world, path, strategy="random") == ["Sales", "Storm"]
    assert names(world, path, strategy="random", ring_timeout=11) == ["Storm"]
    assert names(world, path, name=["Sales", "Storm"]) == ["Sales", "Storm"]
    assert names(world, path, name="s\u00e1les") == ["Sales"], "texts are equal without case and accents"
    assert names(world, path, name="sale") == []
    assert names(world, path, ring_timeout=11, where=json.dumps({"name": {"startsWith": "Su"}})) == [
        "Support"
    ]
    assert names(world, path, ring_timeout=11, search="sto", sort="name") == ["Storm"]
    counted = world.call(world.member, "GET", path, params={"strategy": "random", "limit": 1})
    assert counted.headers["X-Total-Count"] == "2"


@pytest.mark.parametrize(
    ("name", "value"),
    [("id", "nonsense"), ("ring_timeout", "many"), ("created_at", "yesterday"), ("name", "a\x01b")],
)
def test_a_value_of_a_wrong_type_is_a_400_that_names_the_filter(world: World, name: str, value: str) -> None:
    path = f"/team/{world.member.team}/ccqueueconfig"
    answer = world.call(world.member, "GET", path, params={name: value})
    assert (answer.status_code, set(answer.json()["response"])) == (400, {name})


def test_a_time_is_found_as_it_is_shown(any_world: World) -> None:
    """Columns have microseconds; times are shown in milliseconds."""
    world = any_world
    for name in ("Sales", "Support"):
        world.queue(name)
    path = f"/team/{world.member.team}/ccqueueconfig"
    first, second = (queue["created_at"] for queue in world.call(world.member, "GET", path).json())
    assert names(world, path, created_at=first) == ["Sales"]
    assert names(world, path, created_at=[first, second], search="s") == ["Sales", "Support"]
    found = {"<": [], "<=": ["Sales"], ">": ["Support"], ">=": ["Sales", "Support"], "!": ["Support"]}
    for operator, expected in found.items():
        where = json.dumps({"created_at": {operator: first}})
        assert names(world, path, where=where) == expected, operator
    assert names(world, path, where=json.dumps({"created_at": [second, None]})) == ["Support"]


def test_filters_show_nobody_what_they_may_not_see(world: World, refuses_outsiders: Refuses) -> None:
    log = CallLog(team_id=world.team.id, caller="+14165550199", disposition="answered")
    contact = Contact(
        owner_id=world.admin.user.id, team_id=world.team.id, first_name="Ann", email="a@b.example"
    )
    world.api.add(log, contact)

    def found(person: Any, path: str, **params: str) -> int:
        return len(world.call(person, "GET", path, params=params).json())

    assert found(world.admin, "/call-log", **{"from": "+14165550199"}) == 1
    assert found(world.member, "/call-log", **{"from": "+14165550199"}) == 0
    assert found(world.stranger, "/call-log", **{"from": "+14165550199"}) == 0
    assert found(world.member, "/contact", email="a@b.example") == 1
    assert found(world.stranger, "/contact", email="a@b.example") == 0
    refuses_outsiders("GET", "/contact?email=a@b.example", stranger=(200,))
    hidden = world.call(world.member, "GET", f"/team/{world.member.team}/users?extension_secret=x")
    assert (hidden.status_code, set(hidden.json()["response"])) == (400, {"extension_secret"})


def test_an_operations_own_parameter_takes_the_place_of_a_field(world: World) -> None:
    path = f"/team/{world.member.team}/users"
    assert world.call(world.admin, "GET", path, params={"status": "pending"}).json() == []
    admins = world.call(world.member, "GET", path, params={"role": Role.ADMIN.value}).json()
    assert world.admin.id in {member["id"] for member in admins}
    assert {member["role"] for member in admins} == {"admin"}


def test_the_documents_parameters_of_call_routes_narrow_one_route_too(world: World) -> None:
    blocks = {"end": {"type": "hangup", "settings": {}, "exits": {}}}
    created = world.call(
        world.admin, "POST", "/callroute", json={"name": "A", "entry": "end", "blocks": blocks}
    )
    path = f"/callroute/{created.json()['id']}"
    slug, mine = {"slug": world.team.slug}, {"userid": world.admin.id}
    for method, body in (("GET", None), ("PATCH", {"name": "B"})):
        assert world.call(world.admin, method, path, params=slug, json=body).status_code == 200
        assert world.call(world.admin, method, path, params={"slug": "asdf"}, json=body).status_code == 404
        assert world.call(world.admin, method, path, params=mine, json=body).status_code == 404
    assert world.call(world.admin, "DELETE", path, params=mine).status_code == 404
    assert world.call(world.admin, "DELETE", path, params=slug).status_code == 200


def pages(world: World, path: str, **params: Any) -> list[list[dict[str, Any]]]:
    """All pages by cursor."""
    found: list[list[dict[str, Any]]] = []
    cursor: dict[str, str] = {}
    while True:
        answer = world.call(world.admin, "GET", path, params={**params, **cursor})
        assert answer.status_code == 200, answer.text
        found.append(answer.json())
        if "X-Next-Cursor" not in answer.headers:
            return found
        assert len(answer.json()) == params["limit"]
        cursor = {"cursor": answer.headers["X-Next-Cursor"]}


def ended(world: World, number: int, **columns: Any) -> CallLog:
    at = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(minutes=number // 3, microseconds=number % 3 // 2)
    return CallLog(team_id=world.team.id, caller=f"caller {number}", started_at=at, **columns)


def test_pages_by_cursor_are_stable_while_calls_end(any_world: World) -> None:
    world = any_world
    world.api.add(*(ended(world, number) for number in range(25)))
    seen: list[str] = []
    params: dict[str, Any] = {"limit": 4}
    for page in range(30):
        answer = world.call(world.admin, "GET", "/call-log", params=params)
        assert answer.headers["X-Total-Count"] == str(25 + page * 5)
        seen += [log["from"] for log in answer.json()]
        if "X-Next-Cursor" not in answer.headers:
            break
        params = {"limit": 4, "cursor": answer.headers["X-Next-Cursor"]}
        world.api.add(*(ended(world, 1000 + page * 5 + more) for more in range(5)))
    assert len(seen) == len(set(seen)) == 25
    assert set(seen) == {f"caller {number}" for number in range(25)}


@pytest.mark.parametrize(
    "sort",
    ["", "started_at", "from DESC", "wait DESC, from", "hangup_cause, wait DESC, started_at DESC", "id"],
)
def test_a_cursor_follows_every_order(any_world: World, sort: str) -> None:
    world = any_world
    world.api.add(
        *(ended(world, n, wait=n % 4 + 0.1, hangup_cause=n % 3, direction="inbound") for n in range(17))
    )
    params = {"sort": sort} if sort else {}
    whole = world.call(world.admin, "GET", "/call-log", params=params).json()
    found = pages(world, "/call-log", limit=3, **params)
    assert [log["id"] for page in found for log in page] == [log["id"] for log in whole]
    filtered = pages(world, "/call-log", limit=2, hangup_cause=1, **params)
    assert [log["id"] for page in filtered for log in page] == [
        log["id"] for log in whole if log["hangup_cause"] == 1
    ]


@pytest.mark.parametrize(
    "sort", ["join_when_empty DESC", "priority, join_when_empty", "ring_timeout", "team"]
)
def test_a_cursor_follows_fields_of_every_kind(any_world: World, sort: str) -> None:
    world = any_world
    for n in range(7):
        world.queue(f"Queue {n}", join_when_empty=n % 2 == 0, priority=n % 3, ring_timeout=10 + n)
    path = f"/team/{world.admin.team}/ccqueueconfig"
    whole = world.call(world.admin, "GET", path, params={"sort": sort}).json()
    found = pages(world, path, limit=2, sort=sort)
    assert [one["id"] for page in found for one in page] == [one["id"] for one in whole]


def test_cursors_of_lists_that_are_read_as_rows_and_of_mixed_case(any_world: World) -> None:
    world = any_world
    world.api.add(
        *(
            Department(team_id=world.team.id, name=name)
            for name in ("b", "A", "a", "C", "B", "\u00c4", "\u00e4")
        )
    )
    whole = world.call(world.admin, "GET", "/department", params={"sort": "name DESC"}).json()
    assert [one["name"].casefold() for one in whole][:3] == ["c", "b", "b"]
    assert {one["name"] for one in whole[3:]} == {"A", "a", "\u00c4", "\u00e4"}
    found = pages(world, "/department", limit=2, sort="name DESC")
    assert [one["id"] for page in found for one in page] == [one["id"] for one in whole]


def test_voicemails_have_a_cursor(world: World) -> None:
    world.api.add(
        *(
            Voicemail(
                team_id=world.team.id,
                call_id=f"{n:032x}",
                mailbox_id=world.team.id,
                file=f"voicemail/{n}.wav",
            )
            for n in range(5)
        )
    )
    found = pages(world, "/voicemail", limit=2)
    assert [len(page) for page in found] == [2, 2, 1]
    assert len({row["id"] for page in found for row in page}) == 5


WRONG: list[Any] = [[], {}, 1, ["started_at DESC"], ["started_at DESC", 5, 6]]


def test_what_has_no_cursor_says_so(world: World) -> None:
    world.api.add(*(ended(world, number) for number in range(5)))

    def get(**params: Any) -> Any:
        return world.call(world.admin, "GET", "/call-log", params=params)

    cursor = get(limit=2).headers["X-Next-Cursor"]
    assert "X-Next-Cursor" not in get(limit=2, sort="answered_at").headers
    for params in (
        {"cursor": cursor, "sort": "answered_at"},
        {"cursor": cursor, "sort": "started_at"},
        {"cursor": "x"},
        {"cursor": ""},
        {"cursor": "\u00e4"},
        {"cursor": cursor[:-8]},
        *({"cursor": encoded(value)} for value in WRONG),
        {"cursor": encoded(["started_at DESC", "yesterday", "a" + "0" * 32])},
    ):
        refused = get(**params)
        assert (refused.status_code, set(refused.json()["response"])) == (400, {"cursor"}), params
    both = get(cursor=cursor, skip=1)
    assert (both.status_code, set(both.json()["response"])) == (400, {"skip"})
    users = f"/team/{world.member.team}/users"
    assert (
        "X-Next-Cursor"
        not in world.call(world.admin, "GET", users, params={"limit": 1, "sort": "email"}).headers
    )
    assert "X-Next-Cursor" in world.call(world.admin, "GET", users, params={"limit": 1}).headers


def test_a_cursor_shows_a_stranger_nothing(world: World, refuses_outsiders: Refuses) -> None:
    world.api.add(*(ended(world, number) for number in range(5)))
    cursor = world.call(world.admin, "GET", "/call-log", params={"limit": 2}).headers["X-Next-Cursor"]
    for person in (world.stranger, world.member):
        assert world.call(person, "GET", "/call-log", params={"cursor": cursor}).json() == []
    refuses_outsiders("GET", f"/call-log?cursor={cursor}", stranger=(200,))


def encoded(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def in_zones(world: World, *zones: str) -> None:
    """Give the admin's team the first zone, and for each other one make them a member of a team in it."""
    with world.api.session() as session:
        session.get_one(Team, world.team.id).timezone = zones[0]
    for zone in zones[1:]:
        team = world.api.team()
        world.api.add(TeamUser(team_id=team.id, user_id=world.admin.user.id))
        with world.api.session() as session:
            session.get_one(Team, team.id).timezone = zone


def test_a_time_without_a_zone_is_in_the_teams(any_world: World) -> None:
    world = any_world
    in_zones(world, "Europe/Berlin", "Europe/Berlin")
    log = ended(world, 0)
    log.started_at = datetime(2027, 3, 27, 23, 30, tzinfo=UTC)
    world.api.add(log)

    def found(**params: str) -> int:
        return len(world.call(world.admin, "GET", "/call-log", params=params).json())

    assert found(where='{"started_at": {">=": "2027-03-28"}}') == 1
    assert found(where='{"started_at": {">=": "2027-03-28T00:00:00Z"}}') == 0
    assert found(started_at="2027-03-28T00:30:00") == 1
    assert found(started_at="2027-03-27T23:30:00") == 0


def test_of_teams_in_several_zones_the_one_in_the_path_counts(world: World) -> None:
    in_zones(world, "Europe/Berlin", "Asia/Tokyo")
    path, where = f"/team/{world.admin.team}/ccqueueconfig", '{"created_at": {">": "2027-03-28"}}'
    assert world.call(world.admin, "GET", path, params={"where": where}).status_code == 200
    for params in ({"where": '{"started_at": {">": "2027-03-28"}}'}, {"started_at": "2027-03-28T00:00:00"}):
        refused = world.call(world.admin, "GET", "/call-log", params=params)
        assert (refused.status_code, set(refused.json()["response"])) == (400, {"time"})
    zoned = {"where": '{"started_at": {">": "2027-03-28T00:00:00+02:00"}}'}
    assert world.call(world.admin, "GET", "/call-log", params=zoned).status_code == 200


ITEMS = [{"from": {"!": str(number)}} for number in range(498)]
LARGEST = {
    "values of one field": {"where": json.dumps({"from": [str(number) for number in range(500)]})},
    "alternatives": {"where": json.dumps({"or": ITEMS})},
    "excluded lists": {"where": json.dumps({"or": [{"from": {"!": [str(n)]}} for n in range(498)]})},
    "conditions": {"where": json.dumps({"and": ITEMS})},
    "levels": {"where": json.dumps({"or": [{"and": [{"or": [{"and": ITEMS}]}]}, {"from": "x"}]})},
    "orders": {"sort": ",".join(["started_at"] * 18)},
    "a search": {"search": "%_" * 100},
    "a pattern": {"where": json.dumps({"from": {"like": "%a" * 1000}})},
}


@pytest.mark.parametrize("name", LARGEST)
def test_the_largest_queries_are_served(any_world: World, name: str) -> None:
    world = any_world
    world.api.add(*(ended(world, number, caller_name="a" * 100) for number in range(3)))
    asked = {"limit": 2, **LARGEST[name]}
    first = world.call(world.admin, "GET", "/call-log", params=asked)
    assert first.status_code == 200, first.text
    if cursor := first.headers.get("X-Next-Cursor"):
        assert (
            world.call(world.admin, "GET", "/call-log", params={**asked, "cursor": cursor}).status_code == 200
        )


@pytest.mark.parametrize(
    ("params", "field", "says"),
    [
        (
            {"where": json.dumps({"or": [{"or": [{"from": "x"}] * 400}, {"or": [{"from": "y"}] * 400}]})},
            "where",
            "500",
        ),
        ({"where": json.dumps({"from": ["x"] * 501})}, "where", "500"),
        ({"where": " " * 20_001}, "where", "20000"),
        ({"sort": "started_at," * 20}, "sort", "200"),
        ({"search": "x" * 201}, "search", "200"),
        ({"cursor": "x" * 2001}, "cursor", "2000"),
        ({"limit": "1001"}, "limit", "1000"),
        ({"skip": str(2**31 + 1)}, "skip", str(2**31)),
    ],
)
def test_a_larger_query_is_a_400_that_names_the_limit(
    world: World, params: dict[str, str], field: str, says: str
) -> None:
    refused = world.call(world.admin, "GET", "/call-log", params=params)
    assert (refused.status_code, set(refused.json()["response"])) == (400, {field})
    assert says in refused.json()["response"][field]
