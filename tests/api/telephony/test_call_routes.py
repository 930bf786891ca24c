"""Call routes over HTTP: all problems in one answer, versions, dry runs."""

from typing import Any

import pytest
from sqlmodel import select

from models import CallRouteVersion, DidNumber, Team
from switchroom.ids import new_id
from tests.support.api.world import World, pid

pytestmark = pytest.mark.service


def document(queue: str) -> dict[str, Any]:
    """A menu in front of a queue, with a voicemail behind it."""
    return {
        "name": "Main",
        "entry": "menu",
        "blocks": {
            "menu": {"type": "menu", "settings": {"sound": "welcome"}, "exits": {"1": "sales", "timeout": "sales"}},
            "sales": {"type": "queue", "settings": {"queue": queue, "timeout": 60}, "exits": {"timeout": "mail"}},
            "mail": {"type": "voicemail", "settings": {"mailbox": {"kind": "queue", "id": queue}}, "exits": {}},
        },
    }  # fmt: skip


def created(world: World) -> dict[str, Any]:
    queue = world.queue()
    body = {**document(pid(queue)), "team": world.admin.team}
    answer = world.call(world.admin, "POST", "/callroute", json=body)
    assert answer.status_code == 201
    route: dict[str, Any] = answer.json()
    return route


def test_create_route(world: World) -> None:
    route = created(world)
    queue = route["blocks"]["sales"]["settings"]["queue"]
    assert route["blocks"] == document(queue)["blocks"]
    assert (route["name"], route["entry"], route["version"], route["user"]) == ("Main", "menu", 1, None)
    assert world.engine.commands() == [{"type": "config", "kind": "route", "id": route["id"][1:]}]
    stored = world.api.get(CallRouteVersion, new_id())
    assert stored is None
    with world.api.session() as session:
        (version,) = session.exec(select(CallRouteVersion)).all()
    assert (version.version, version.saved_by) == (1, world.admin.user.id)
    # Inside, ids stand in the spelling that the engine knows.
    assert version.document["blocks"]["sales"]["settings"]["queue"] == queue[1:]


def test_five_mistakes_five_problems(world: World) -> None:
    queue = world.queue()
    body = document(pid(queue))
    body["blocks"]["menu"]["settings"]["sound"] = "../etc/passwd"
    body["blocks"]["menu"]["settings"]["volume"] = 11
    body["blocks"]["sales"]["settings"]["queue"] = "a" + new_id()
    body["blocks"]["sales"]["exits"]["timeout"] = "nowhere"
    body["blocks"]["lonely"] = {"type": "hangup"}
    answer = world.call(world.admin, "POST", "/callroute", json={**body, "team": world.admin.team})
    assert answer.status_code == 400
    response = answer.json()["response"]
    found = {(problem["block"], problem["field"]) for problem in response["problems"]}
    expected = {
        ("menu", "settings.sound"),
        ("menu", "settings.volume"),
        ("sales", "settings.queue"),
        ("sales", "exits.timeout"),
        ("lonely", ""),
    }
    assert expected <= found
    assert response["blocks.menu.settings.volume"] == "unknown setting"
    assert all(problem["message"] for problem in response["problems"])
    assert world.engine.commands() == []


def test_a_bad_id_of_a_block_hides_no_other_mistake(world: World) -> None:
    mistakes = {f"b{n}": {"type": "nonsense", "settings": {}, "exits": {}} for n in range(15)}
    body = {"entry": "gone", "blocks": {"bad key!": {"type": "hangup"}, **mistakes}}
    found = world.call(world.admin, "POST", "/callroute/validate", json=body).json()["problems"]
    fields = {(problem["block"], problem["field"]) for problem in found}
    assert {(None, "entry"), ("bad key!", "id"), *((id, "type") for id in mistakes)} <= fields


def test_validate_saves_nothing(world: World) -> None:
    queue = world.queue()
    good = world.call(world.admin, "POST", "/callroute/validate", json=document(pid(queue)))
    assert (good.status_code, good.json()) == (200, {"valid": True, "problems": []})
    bad = world.call(world.member, "POST", "/callroute/validate", json={"entry": "x", "blocks": {}})
    assert bad.json()["valid"] is False
    assert world.call(world.admin, "GET", "/callroute").json() == []
    assert world.call(None, "POST", "/callroute/validate", json={}).status_code == 401


@pytest.mark.parametrize(
    "blocks", [None, [], "x", 5, {"a": None}, {"a": {"type": []}}, {"a b": {"type": "hangup"}}]
)
def test_any_shape_of_blocks_is_answered(world: World, blocks: object) -> None:
    body = {"name": "Main", "team": world.admin.team, "entry": "a", "blocks": blocks}
    answer = world.call(world.admin, "POST", "/callroute", json=body)
    assert (answer.status_code, answer.json()["errorType"]) == (400, "validation")


def test_check_walks_every_way_of_a_draft(any_world: World) -> None:
    world = any_world
    route = created(world)
    queue = route["blocks"]["sales"]["settings"]["queue"]
    body = {**document(queue), "route": route["id"]}
    found = world.call(world.admin, "POST", "/callroute/check", json=body).json()
    assert (found["valid"], found["problems"], found["blocks"]) == (True, [], 3)
    # Three times five seconds in the menu, then a minute in the queue, then a message of three minutes.
    assert found["longest_wait"] == 15 + 60 + 180
    assert [(step["block"], step["exit"]) for step in found["longest_way"]] == [
        ("menu", "1"), ("sales", "timeout"), ("mail", None),
    ]  # fmt: skip
    assert found["longest_digits"] == "1"
    dead = [one for one in found["findings"] if one["kind"] == "dead-end"]
    assert ("menu", "invalid", "warning", "000") in [
        (one["block"], one["exit"], one["severity"], one["digits"]) for one in dead
    ]
    del body["blocks"]["sales"]["settings"]["timeout"]
    body["blocks"]["menu"]["exits"]["3"] = "menu"
    cycle = world.call(world.admin, "POST", "/callroute/check", json=body).json()
    assert cycle["longest_wait"] is None
    assert {"cycle", "unbounded-wait"} <= {one["kind"] for one in cycle["findings"]}
    body["entry"] = "gone"
    broken = world.call(world.admin, "POST", "/callroute/check", json=body).json()
    assert (broken["valid"], broken["findings"], broken["states"]) == (False, [], 0)
    assert broken["problems"][0] == {"block": None, "field": "entry", "message": "there is no block gone"}
    assert world.call(world.admin, "GET", f"/callroute/{route['id']}").json()["version"] == 1


def test_who_may_check_a_route(world: World) -> None:
    route = created(world)
    body = {"route": route["id"], "entry": "menu", "blocks": {}}
    assert world.call(world.member, "POST", "/callroute/check", json=body).status_code == 403
    assert world.call(world.stranger, "POST", "/callroute/check", json=body).status_code == 404
    assert world.call(None, "POST", "/callroute/check", json=body).status_code == 401


def test_a_dry_run_of_what_is_not_saved(world: World) -> None:
    route = created(world)
    path, blocks = f"/callroute/{route['id']}/dry-run", {"bye": {"type": "hangup"}}
    steps = world.call(world.admin, "POST", path, json={"entry": "bye", "blocks": blocks}).json()["path"]
    assert [(step["block"], step["exit"]) for step in steps] == [("bye", None)]
    assert world.call(world.admin, "POST", path, json={"digits": "1"}).json()["path"][0]["block"] == "menu"
    wrong = world.call(world.admin, "POST", path, json={"entry": "gone", "blocks": blocks})
    assert (wrong.status_code, wrong.json()["response"]["entry"]) == (400, "there is no block gone")
    assert world.call(world.admin, "POST", path, json={"blocks": 5}).status_code == 400
    assert world.call(world.member, "POST", path, json={"blocks": blocks}).status_code == 403
    assert world.call(world.admin, "GET", f"/callroute/{route['id']}").json()["version"] == 1


def test_update_route_makes_a_new_version(any_world: World) -> None:
    world = any_world
    route = created(world)
    path = f"/callroute/{route['id']}"
    same = world.call(world.admin, "PATCH", path, json=route)
    assert (same.status_code, same.json()["version"]) == (200, 1)
    blocks = {**route["blocks"], "menu": {**route["blocks"]["menu"], "exits": {"2": "sales"}}}
    changed = world.call(world.admin, "PATCH", path, json={"blocks": blocks})
    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    assert world.call(world.member, "GET", path).json()["blocks"] == blocks
    with world.api.session() as session:
        assert sorted(row.version for row in session.exec(select(CallRouteVersion))) == [1, 2]
    broken = world.call(world.admin, "PATCH", path, json={"entry": "gone"})
    assert broken.status_code == 400
    assert world.call(world.member, "GET", path).json()["version"] == 2
    assert world.call(world.member, "PATCH", path, json={"name": "Mine"}).status_code == 403


def test_list_routes(any_world: World) -> None:
    world = any_world
    route = created(world)
    own = {"name": "Own", "entry": "bye", "blocks": {"bye": {"type": "hangup"}}, "user": world.member.id}
    mine = world.call(world.member, "POST", "/callroute", json=own)
    assert (mine.status_code, mine.json()["user"]) == (201, world.member.id)
    listed = world.call(world.member, "GET", "/callroute", params={"sort": "name"})
    assert [shown["name"] for shown in listed.json()] == ["Main", "Own"]
    narrowed = {"userid": world.member.id, "slug": world.team.slug}
    assert [
        shown["name"] for shown in world.call(world.admin, "GET", "/callroute", params=narrowed).json()
    ] == ["Own"]
    assert world.call(world.stranger, "GET", "/callroute").json() == []
    assert (
        world.call(world.stranger, "GET", "/callroute", params={"slug": world.team.slug}).status_code == 404
    )
    assert route["id"] != mine.json()["id"]


def test_a_route_in_use_is_not_deleted(any_world: World) -> None:
    world = any_world
    route = created(world)
    number = DidNumber(team_id=world.team.id, e164="+14165550100", route_id=route["id"][1:])
    world.api.add(number)
    path = f"/callroute/{route['id']}"
    refused = world.call(world.admin, "DELETE", path)
    assert refused.status_code == 409
    assert refused.json()["response"]["numbers"] == [{"id": pid(number), "number": "+14165550100"}]
    world.call(world.admin, "PATCH", f"/didnumber/{pid(number)}", json={"route": None})
    deleted = world.call(world.admin, "DELETE", path)
    assert (deleted.status_code, deleted.json()["id"]) == (200, route["id"])
    assert world.call(world.admin, "GET", path).status_code == 404


def test_dry_run(world: World) -> None:
    route = created(world)
    path = f"/callroute/{route['id']}/dry-run"
    queue = route["blocks"]["sales"]["settings"]["queue"]
    body = {
        "at": "2026-07-01T10:00:00",
        "caller": "+14165550199",
        "digits": "1",
        "queues": {queue: "timeout"},
    }
    answer = world.call(world.member, "POST", path, json=body)
    assert answer.status_code == 200
    steps = answer.json()["path"]
    assert [(step["block"], step["exit"]) for step in steps] == [
        ("menu", "1"),
        ("sales", "timeout"),
        ("mail", "next"),
    ]
    assert queue in steps[-1]["why"]
    assert world.call(world.member, "POST", path).status_code == 200
    wrong = world.call(world.member, "POST", path, json={"queues": {queue: "exploded"}})
    assert wrong.status_code == 400


def block(kind: str, exits: dict[str, str], **settings: Any) -> dict[str, Any]:
    return {"type": kind, "settings": settings, "exits": exits}


def saved(world: World, entry: str, name: str = "Other", **blocks: Any) -> Any:
    body = {"name": name, "team": world.admin.team, "entry": entry, "blocks": blocks}
    return world.call(world.admin, "POST", "/callroute", json=body)


def test_a_dry_run_with_what_the_world_is_assumed_to_be(world: World) -> None:
    other = saved(world, "a", a=block("say", {"next": "b"}, text="{tier}"), b=block("hangup", {}))
    queue = pid(world.queue())
    gold = [{"name": "gold", "when": [{"variable": "tier", "is": "equals", "value": "gold"}]}]
    busy = [{"name": "busy", "when": [{"figure": "waiting", "is": "greater", "value": 5}]}]
    url = {"url": "https://x.example/{did}", "variables": {"tier": "a.b"}}
    blocks = {
        "who": block("caller", {"known": "get", "else": "end"}, cases=[{"name": "known", "contact": True}]),
        "get": block("fetch", {"next": "is", "failed": "end"}, **url),
        "is": block("match", {"gold": "q", "else": "end"}, cases=gold),
        "q": block("queue-state", {"busy": "half", "else": "end"}, queue=queue, cases=busy),
        "half": block("percent", {"a": "on", "b": "end"}, branches={"a": 1, "b": 9}),
        "on": block("route", {}, route=other.json()["id"]),
        "end": block("hangup", {}),
    }
    route = saved(world, "who", "Main", **blocks)
    assert route.status_code == 201, route.json()
    body = {
        "caller": "+14165550199",
        "did": "+14165550100",
        "contact": {"name": "Ann"},
        "fetched": {"get": {"tier": "gold"}},
        "figures": {queue: {"waiting": 6}},
        "exits": {"half": "a"},
    }
    path = f"/callroute/{route.json()['id']}/dry-run"
    answer = world.call(world.member, "POST", path, json=body)
    assert answer.status_code == 200, answer.json()
    steps = answer.json()["path"]
    assert [step["block"] for step in steps] == ["who", "get", "is", "q", "half", "on", "a", "b"]
    assert [step["route"] for step in steps[-2:]] == [other.json()["id"]] * 2
    assert "gold" in steps[6]["why"]
    for wrong in (
        {"figures": {queue: {"waiting": -1}}},
        {"variables": {"x": 5}},
        {"fetched": {"x" * 65: None}},
    ):
        refused = world.call(world.member, "POST", path, json=wrong)
        assert refused.status_code == 400
    passed_over: list[tuple[dict[str, Any], str]] = [
        ({"exits": {"gone": "a"}}, "exits.gone"),
        ({"exits": {"half": "c"}}, "exits.half"),
        ({"fetched": {"gone": None}}, "fetched.gone"),
        ({"digits": "abc"}, "digits"),
    ]
    for named, field in passed_over:
        refused = world.call(world.member, "POST", path, json=named)
        assert (refused.status_code, refused.json()["errorType"]) == (400, "validation")
        assert set(refused.json()["response"]) == {field}


def test_a_dry_run_follows_what_the_team_has_configured(world: World) -> None:
    """A queue's hours and its overflow, a member who forwards to an outside number, and one without voicemail."""
    assert world.member.member is not None
    ring = block("user", {}, user=world.member.id)
    queue = world.queue(hours={"timezone": "UTC", "weekly": {"mon": [["09:00", "17:00"]]}, "holidays": []})
    route = saved(world, "wait", wait=block("queue", {"full": "ring"}, queue=pid(queue)), ring=ring).json()
    path = f"/CCQueueConfig/{pid(queue)}"
    mailbox = {"kind": "queue", "id": pid(queue)}
    overflow = {"type": "voicemail", "settings": {"mailbox": mailbox}}
    assert world.call(world.admin, "PATCH", path, json={"overflow": overflow}).status_code == 200

    def steps(**body: Any) -> list[tuple[str, str | None]]:
        answer = world.call(world.member, "POST", f"/callroute/{route['id']}/dry-run", json=body)
        assert answer.status_code == 200, answer.json()
        return [(step["type"], step["exit"]) for step in answer.json()["path"]]

    sunday, monday = "2026-01-04T12:00:00Z", "2026-01-05T12:00:00Z"
    assert steps(at=sunday) == [("queue", "closed"), ("voicemail", "next")]
    assert steps(at=monday) == [("queue", None)]
    assert steps(at=monday, queues={pid(queue): "full"}) == [("queue", "full"), ("user", None)]
    failed = {"exits": {"ring": "failed"}, "queues": {pid(queue): "full"}}
    assert steps(at=monday, **failed)[2:] == [("voicemail", "next")]
    world.member.member.voicemail = False
    world.api.add(world.member.member)
    assert steps(at=monday, **failed)[1:] == [("user", "failed")]


def test_keys_of_other_services_are_no_ids(world: World) -> None:
    keys = {"X-Key": "018f0c4e-5b7a-7c33-9d4e-0123456789ab", "X-Other": new_id(), "X-Third": "a" + new_id()}
    settings = {"url": "https://x.example/", "method": "POST", "headers": keys, "body": {"key": new_id()}}
    get = block("fetch", {"next": "end", "failed": "end"}, **settings)
    route = saved(world, "get", get=get, end=block("hangup", {}))
    assert route.status_code == 201, route.json()
    shown = route.json()["blocks"]["get"]["settings"]
    assert shown == {**settings, "headers": dict.fromkeys(keys, "********")}
    with world.api.session() as session:
        (version,) = session.exec(select(CallRouteVersion)).all()
    assert version.document["blocks"]["get"]["settings"] == settings


def test_what_a_route_points_at_must_be_the_teams(world: World) -> None:
    agent = world.agent()
    other = saved(world, "a", a={"type": "hangup"}).json()
    blocks: dict[str, Any] = {
        "a": {"type": "agent", "settings": {"agent": pid(agent)}, "exits": {"failed": "r", "busy": "d"}},
        "r": {"type": "route", "settings": {"route": other["id"]}},
        "d": {"type": "department", "settings": {"department": "a" + new_id()}},
    }
    problems = saved(world, "a", "Bad", **blocks).json()["response"]["problems"]
    assert [(problem["block"], problem["field"]) for problem in problems] == [("d", "settings.department")]
    del blocks["d"], blocks["a"]["exits"]["busy"]
    good = saved(world, "a", "Good", **blocks)
    assert good.status_code == 201
    in_use = world.call(world.admin, "DELETE", f"/callroute/{other['id']}")
    assert (in_use.status_code, in_use.json()["response"]["routes"][0]["id"]) == (409, good.json()["id"])
    loop = {"a": {"type": "route", "settings": {"route": other["id"]}}}
    itself = world.call(world.admin, "PATCH", f"/callroute/{other['id']}", json={"blocks": loop})
    assert itself.json()["response"]["blocks.a.exits"] == "is part of a cycle that waits on nothing"


@pytest.mark.parametrize(
    ("country", "listed", "stored", "callers"),
    [
        # In Argentina one telephone is called with a 9 from abroad and without it from inside.
        ("AR", "+5491123456789", "+541123456789", ("+541123456789", "+5491123456789", "011 2345-6789")),
        ("France", "06 12 34 56 78", "+33612345678", ("+33612345678", "0612345678")),
        ("MX", "+5215512345678", "+525512345678", ("+525512345678", "+5215512345678")),
        ("CA", "101", "101", ("101",)),
    ],
)
def test_a_listed_number_means_all_its_spellings(
    world: World, country: str, listed: str, stored: str, callers: tuple[str, ...]
) -> None:
    with world.api.session() as session:
        session.get_one(Team, world.team.id).country = country
    who = block("caller", {"vip": "vip", "else": "end"}, cases=[{"name": "vip", "numbers": [listed]}])
    route = saved(world, "who", who=who, vip=block("hangup", {}), end=block("hangup", {})).json()
    assert route["blocks"]["who"]["settings"]["cases"][0]["numbers"] == [stored]
    for caller, ends in [*((caller, "vip") for caller in callers), ("+14165550177", "end"), ("", "end")]:
        body = {"caller": caller}
        steps = world.call(world.member, "POST", f"/callroute/{route['id']}/dry-run", json=body).json()[
            "path"
        ]
        assert steps[-1]["block"] == ends, caller
