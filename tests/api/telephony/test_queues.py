"""Queues over HTTP: the document's examples, rights, and the messages to the engine."""

import random
from dataclasses import asdict, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from models import CallLog, CallRoute, DidNumber, Queue, QueueManager, QueueStay, WrapUp, utcnow
from routing.figures import NONE, Figures, Outcome, Stays, figures
from switchroom.ids import new_id
from tests.support.api.world import World, pid, standing

pytestmark = pytest.mark.service


def test_create_queue_as_documented(world: World) -> None:
    body = {
        "team": world.admin.team,
        "name": "Q3",
        "call_service_good": 10,
        "managers": [world.member.id],
    }
    answer = world.call(world.admin, "POST", "/CCQueueConfig", json=body)
    assert answer.status_code == 201
    queue = answer.json()
    assert queue["name"] == "Q3"
    assert queue["team"] == world.admin.team
    assert queue["call_service_good"] == 10
    assert queue["managers"] == [world.member.id]
    assert queue["agents"] == []
    assert queue["strategy"] == "longest-idle"
    assert world.engine.commands() == [{"type": "config", "kind": "queue", "id": queue["id"][1:]}]


def test_managers_by_membership_id(world: World) -> None:
    assert world.member.member is not None
    body = {"team": world.admin.team, "name": "Q3", "managers": [pid(world.member.member)]}
    assert world.call(world.admin, "POST", "/CCQueueConfig", json=body).json()["managers"] == [
        world.member.id
    ]


RULES = {
    "strategy": "ring-progressively",
    "ring_step": 5,
    "skills": [{"skill": "french", "level": 3, "required": True}],
    "relaxation": [{"after": 30, "lower": 2}],
    "sticky_wait": 15,
    "sticky_days": 7,
    "max_calls": 40,
    "hours": {
        "timezone": "Europe/Berlin",
        "weekly": {"mon": [["09:00", "17:00"]], "fri": [["21:00", "02:00"]]},
        "holidays": ["2026-12-25", "01-01"],
        "half_days": {"12-24": [["09:00", "12:00"]]},
    },
    "announce_position": True,
    "announce_wait": True,
    "announce_first": 10,
    "announce_every": 30,
    "comfort_sounds": ["queue-thankyou"],
    "comfort_every": 20,
    "agent_sounds": ["digits/1"],
    "agent_wait": True,
    "callback_attempts": 2,
    "callback_retry": 60,
    "callback_timeout": 25,
    "callback_caller_id": "+14165550100",
    "work_weight": 0.5,
}


def test_every_rule_is_kept_and_shown(any_world: World) -> None:
    world = any_world
    made = world.call(
        world.admin, "POST", "/CCQueueConfig", json={"team": world.admin.team, "name": "Q", **RULES}
    )
    assert made.status_code == 201, made.text
    assert {name: made.json()[name] for name in RULES} == RULES
    path = f"/CCQueueConfig/{made.json()['id']}"
    change = {"hours": None, "skills": [{"skill": "german"}], "max_calls": None}
    changed = world.call(world.admin, "PATCH", path, json=change).json()
    assert (changed["hours"], changed["max_calls"]) == (None, None)
    assert changed["skills"] == [{"skill": "german", "level": 1, "required": True}]
    assert changed["relaxation"] == RULES["relaxation"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("skills", [{"skill": "a b"}]),
        ("skills", [{"skill": "french", "level": 0}]),
        ("relaxation", [{"after": 0, "lower": 1}]),
        ("hours", {"timezone": "Mars/One", "weekly": {}}),
        ("hours", {"timezone": "UTC", "weekly": {"mon": [["17:00", "17:00"]]}}),
        ("hours", {"timezone": "UTC", "weekly": {}, "half_days": {"12-32": []}}),
        ("hours", {"timezone": "UTC", "weekly": {}, "holidays": ["2026-02-30"]}),
        ("comfort_sounds", ["../secret"]),
        ("agent_sounds", ["a&b"]),
        ("callback_caller_id", "me"),
        ("announce_every", 1),
        ("ring_step", 0),
        ("work_weight", 0),
    ],
)
def test_a_rule_that_cannot_be_is_a_400_naming_the_field(world: World, field: str, value: object) -> None:
    body = {"team": world.admin.team, "name": "Q", field: value}
    answer = world.call(world.admin, "POST", "/CCQueueConfig", json=body)
    assert answer.status_code == 400
    assert next(iter(answer.json()["response"])).split(".")[0] == field


def test_a_manager_of_another_team_is_refused(world: World) -> None:
    body = {"team": world.admin.team, "name": "Q3", "managers": [world.stranger.id]}
    answer = world.call(world.admin, "POST", "/CCQueueConfig", json=body)
    assert answer.status_code == 400
    assert answer.json() == {"errorType": "validation", "response": {"managers": "No such user in this team"}}


def test_two_queues_of_one_name_conflict(world: World) -> None:
    world.queue("Sales")
    answer = world.call(
        world.admin, "POST", "/CCQueueConfig", json={"team": world.admin.team, "name": "Sales"}
    )
    assert answer.status_code == 409


def test_get_queue_populated(world: World) -> None:
    queue = world.queue()
    agent = world.agent(None, "Kate", queue)
    world.api.add(QueueManager(queue_id=queue.id, user_id=world.admin.user.id))
    plain = world.call(world.member, "GET", f"/CCQueueConfig/{pid(queue)}").json()
    assert (plain["managers"], plain["agents"]) == ([world.admin.id], [pid(agent)])
    full = world.call(world.member, "GET", f"/ccqueueconfig/{pid(queue)}?populate=managers,agents").json()
    assert full["managers"][0]["email"] == world.admin.user.email
    assert full["agents"][0]["name"] == "Kate"
    assert full["agents"][0]["place"]["order"] == 0
    wrong = world.call(world.member, "GET", f"/CCQueueConfig/{pid(queue)}?populate=secrets")
    assert wrong.status_code == 400


def test_list_team_queues(any_world: World) -> None:
    world = any_world
    for name in ("Sales", "Support", "Billing"):
        world.queue(name)
    path = f"/team/{world.admin.team}/ccqueueconfig"
    answer = world.call(world.member, "GET", f"{path}?sort=name&limit=2&skip=1")
    assert [queue["name"] for queue in answer.json()] == ["Sales", "Support"]
    assert answer.headers["X-Total-Count"] == "3"
    found = world.call(world.member, "GET", path, params={"where": '{"name": {"startsWith": "S"}}'})
    assert {queue["name"] for queue in found.json()} == {"Sales", "Support"}


def test_update_queue_as_documented(any_world: World) -> None:
    world = any_world
    queue = world.queue()
    body = {"team": world.admin.team, "strategy": "ring-progressively", "managers": [world.member.id]}
    answer = world.call(world.admin, "PATCH", f"/CCQueueConfig/{pid(queue)}", json=body)
    assert answer.status_code == 200
    assert answer.json()["strategy"] == "ring-progressively"
    assert answer.json()["name"] == "Sales"
    assert world.engine.commands() == [{"type": "config", "kind": "queue", "id": queue.id}]
    # The new manager may change it too, and give the place away.
    handed_on = world.call(
        world.member, "PATCH", f"/CCQueueConfig/{pid(queue)}", json={"managers": [world.admin.id]}
    )
    assert handed_on.json()["managers"] == [world.admin.id]
    refused = world.call(world.member, "PATCH", f"/CCQueueConfig/{pid(queue)}", json={"priority": 5})
    assert refused.status_code == 403


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("strategy", "loudest"),
        ("ring_timeout", 1),
        ("music", "a,b"),
        ("recording", "sometimes"),
        ("name", ""),
        ("name", None),
        ("name", "two\nlines"),
        ("call_service_good", -1),
        ("managers", "x"),
    ],
)
def test_a_wrong_value_is_named(world: World, field: str, value: object) -> None:
    queue = world.queue()
    answer = world.call(world.admin, "PATCH", f"/CCQueueConfig/{pid(queue)}", json={field: value})
    assert answer.status_code == 400
    assert any(name.split(".")[0] == field for name in answer.json()["response"])


def test_delete_queue(any_world: World) -> None:
    world = any_world
    queue = world.queue()
    world.agent(None, "Kate", queue)
    answer = world.call(world.admin, "DELETE", f"/CCQueueConfig/{pid(queue)}")
    assert (answer.status_code, answer.json()["id"]) == (200, pid(queue))
    assert world.call(world.admin, "GET", f"/CCQueueConfig/{pid(queue)}").status_code == 404
    assert world.engine.commands() == [{"type": "config", "kind": "queue", "id": queue.id}]


def test_a_queue_in_use_is_not_deleted(world: World) -> None:
    queue = world.queue()
    blocks = {"start": {"type": "queue", "settings": {"queue": queue.id}, "exits": {}}}
    route = CallRoute(team_id=world.team.id, name="Main", entry="start", blocks=blocks)
    number = DidNumber(team_id=world.team.id, e164="+14165550100", queue_id=queue.id)
    world.api.add(route, number)
    answer = world.call(world.admin, "DELETE", f"/CCQueueConfig/{pid(queue)}")
    assert answer.status_code == 409
    response = answer.json()["response"]
    assert response["routes"] == [{"id": pid(route), "name": "Main"}]
    assert response["numbers"] == [{"id": pid(number), "number": "+14165550100"}]


def test_add_and_remove_an_agent(any_world: World) -> None:
    world = any_world
    queue, agent = world.queue(), world.agent()
    path = f"/CCQueueConfig/{pid(queue)}/agent/{pid(agent)}"
    for _ in range(2):
        added = world.call(world.admin, "POST", path)
        assert (added.status_code, added.json()["agents"]) == (201, [pid(agent)])
    placed = world.call(world.admin, "POST", path, json={"penalty": 3, "skills": {"french": 7}})
    skills = [["french", 7]]
    assert placed.json()["place"] == {
        "order": 3,
        "skills": skills,
        "weight": 1,
        "status": None,
        "reason": "",
    }
    removed = world.call(world.admin, "DELETE", path)
    assert (removed.status_code, removed.json()["agents"]) == (200, [])
    assert world.call(world.admin, "DELETE", path).status_code == 404
    assert world.engine.commands() == [{"type": "config", "kind": "queue", "id": queue.id}] * 4


def test_queue_live(world: World) -> None:
    queue = world.queue()
    world.agent(None, "Kate", queue)
    entered = utcnow().timestamp() - 30
    call = new_id()
    today = asdict(replace(NONE, offered=4, answered=3, abandoned=1, service_level=0.75, asa=6.5))
    waiting = [standing(call, entered_at=entered, priority=2)]
    world.engine.beats()
    view = {"queue": queue.id, "team": world.team.id, "waiting": waiting, "agents": {"OnCall": 1}}
    world.engine.shows("queue", {**view, "today": today})
    answer = world.call(world.member, "GET", f"/CCQueueConfig/{pid(queue)}/live").json()
    assert answer["stale"] is False
    assert answer["today"] == today
    assert answer["agents"] == {"OnCall": 1}
    (shown,) = answer["waiting"]
    assert (shown["call"], shown["from"], shown["position"]) == (f"a{call}", "+14165550199", 1)
    assert 29 < shown["wait"] < 60
    assert answer["longest_wait"] == shown["wait"]
    outsider = world.api.person(world.team)
    assert world.call(outsider, "GET", f"/CCQueueConfig/{pid(queue)}/live").status_code == 403


def test_queue_live_tells_of_callbacks_and_estimates(world: World) -> None:
    queue, back, call, later = world.queue(), new_id(), new_id(), new_id()
    began = utcnow().timestamp() - 600
    world.engine.shows(
        "queue",
        {
            "queue": queue.id,
            "team": world.team.id,
            "at": 1_700_000_000.0,
            "waiting": [
                standing(back, 1, callback=True, entered_at=began, estimate=[5.0, 60.5]),
                standing(call, 2, entered_at=began + 540, estimate=[20.0, 120.0]),
            ],
            "later": [
                {
                    "callback": later,
                    "number": "+14165550188",
                    "entered_at": 1_700_000_000.0,
                    "due_at": 1_700_000_600.0,
                    "attempts": 2,
                }
            ],
            "estimate": [40.0, 180.0],
        },
    )
    live = world.call(world.admin, "GET", f"/CCQueueConfig/{pid(queue)}/live").json()
    assert [(it["call"], it["callback"], it["estimate"]) for it in live["waiting"]] == [
        (f"a{back}", True, {"low": 5.0, "high": 60.5}),
        (f"a{call}", False, {"low": 20.0, "high": 120.0}),
    ]
    # The customer who waits for a callback is not on the line.
    assert 59 < live["longest_wait"] < 120
    assert live["callbacks_later"] == [
        {
            "call": f"a{later}",
            "from": "+14165550188",
            "entered_at": "2023-11-14T22:13:20.000Z",
            "due_at": "2023-11-14T22:23:20.000Z",
            "attempts": 2,
        }
    ]
    assert (live["estimate"], live["as_of"]) == ({"low": 40.0, "high": 180.0}, "2023-11-14T22:13:20.000Z")


def test_queue_live_tells_of_conversations(world: World) -> None:
    queue, oldest = world.queue(), utcnow().timestamp() - 90
    view = {"queue": queue.id, "team": world.team.id}
    path = f"/CCQueueConfig/{pid(queue)}/live"
    world.engine.shows("queue", view)
    none = world.call(world.admin, "GET", path).json()["conversations"]
    assert (none["waiting"], none["oldest_at"], none["longest_wait"]) == (0, None, None)
    work = {"waiting": 2, "oldest_at": oldest, "accepted": 5, "today": asdict(replace(NONE, answered=7))}
    world.engine.shows("queue", {**view, "work": work})
    shown = world.call(world.admin, "GET", path).json()["conversations"]
    assert (shown["waiting"], shown["accepted"], shown["today"]["answered"]) == (2, 5, 7)
    assert datetime.fromisoformat(shown["oldest_at"]).timestamp() == pytest.approx(oldest, abs=0.001)
    assert 89 < shown["longest_wait"] < 120


def test_todays_figures_are_empty_from_midnight_on(world: World) -> None:
    """The view of a queue that nothing happened to since yesterday is that of yesterday."""
    queue, now = world.queue(), utcnow().timestamp()
    figures = asdict(replace(NONE, offered=4, answered=3, abandoned=1, service_level=0.75, asa=6.5))
    nothing = asdict(NONE)
    for until, shown in ((now + 3600, figures), (now - 1, nothing)):
        view = {"queue": queue.id, "team": world.team.id, "today": {**figures, "until": until}}
        world.engine.shows("queue", view)
        assert world.call(world.admin, "GET", f"/CCQueueConfig/{pid(queue)}/live").json()["today"] == shown


def test_queue_live_of_an_engine_of_the_first_release(world: World) -> None:
    """An upgrade changes api and engine one after the other."""
    queue, call = world.queue(), new_id()
    place = {"call": call, "caller": "+14165550199", "caller_name": "", "position": 1, "priority": 0}
    place |= {"entered_at": utcnow().timestamp(), "ringing": []}
    view = {"queue": queue.id, "team": world.team.id, "waiting": [place], "agents": {}, "today": {}}
    world.engine.writes("queue", view)
    answer = world.call(world.admin, "GET", f"/CCQueueConfig/{pid(queue)}/live")
    assert answer.status_code == 200
    assert (answer.json()["estimate"], answer.json()["callbacks_later"]) == (None, [])
    assert [(shown["position"], shown["callback"]) for shown in answer.json()["waiting"]] == [(1, False)]


def test_queue_live_without_an_engine_says_so(world: World) -> None:
    queue = world.queue()
    answer = world.call(world.admin, "GET", f"/CCQueueConfig/{pid(queue)}/live").json()
    assert (answer["stale"], answer["waiting"], answer["longest_wait"]) == (True, [], None)


def add_stay(
    world: World, queue: Queue, at: datetime, outcome: str, wait: float, **columns: Any
) -> QueueStay:
    """Add a stay and its call."""
    wrap_up = columns.pop("wrap_up", None)
    log = CallLog(team_id=world.team.id, queue_id=queue.id, started_at=at, wait=wait)
    stay = QueueStay(
        call_id=log.id, number=1, team_id=world.team.id, queue_id=queue.id, joined_at=at,
        left_at=at + timedelta(seconds=wait), outcome=outcome, wait=wait, last_call_id=log.id, **columns,
    )  # fmt: skip
    world.api.add(log)
    world.api.add(stay)
    if wrap_up is not None:
        world.api.add(WrapUp(call_id=log.id, team_id=world.team.id, seconds=wrap_up))
    return stay


def test_queue_stats_agree_with_the_records(any_world: World) -> None:
    world = any_world
    queue, start = world.queue(call_service_good=10), utcnow() - timedelta(hours=2)
    plan = [("answered", 5, 60, 20), ("answered", 15, 100, 0), ("abandoned", 40, 0, 0)]
    for number, (outcome, wait, talk, wrap_up) in enumerate(plan):
        began = start + timedelta(minutes=50 * number)
        add_stay(world, queue, began, outcome, wait, talk=talk, wrap_up=wrap_up or None)
    asked = {"from": start.isoformat(), "to": (start + timedelta(hours=2)).isoformat(), "interval": 3600}
    answer = world.call(world.admin, "GET", f"/CCQueueConfig/{pid(queue)}/stats", params=asked).json()
    assert (answer["offered"], answer["answered"], answer["abandoned"]) == (3, 2, 1)
    assert answer["service_level"] == pytest.approx(1 / 3)
    assert (answer["asa"], answer["aht"], answer["longest_wait"]) == (10, 90, 40)
    assert [interval["offered"] for interval in answer["intervals"]] == [2, 1]
    assert answer["intervals"][1]["asa"] is None
    backwards = {"from": asked["to"], "to": asked["from"]}
    wrong = world.call(world.admin, "GET", f"/CCQueueConfig/{pid(queue)}/stats", params=backwards)
    assert wrong.status_code == 400


TEN = [
    *[("answered", 5.0)] * 6,
    ("answered", 30.0),
    ("abandoned", 2.0),
    ("abandoned", 25.0),
    ("timed-out", 60.0),
]
"""The ten calls of docs/statistics.md."""


def test_the_statistics_of_the_ten_calls_of_the_documentation(any_world: World) -> None:
    world = any_world
    queue, start = world.queue(), utcnow() - timedelta(hours=2)
    for number, (outcome, wait) in enumerate(TEN):
        times: dict[str, Any] = {"talk": 120.0, "wrap_up": 20.0} if outcome == "answered" else {}
        add_stay(world, queue, start + timedelta(minutes=number), outcome, wait, **times)
    asked = {"from": start.isoformat(), "to": utcnow().isoformat()}
    path = f"/CCQueueConfig/{pid(queue)}/stats"
    answer = world.call(world.admin, "GET", path, params=asked).json()
    assert (answer["offered"], answer["answered"], answer["timed_out"]) == (10, 7, 1)
    assert (answer["abandoned"], answer["short_abandons"]) == (1, 1)
    assert (answer["service_level"], answer["abandonment"]) == (6 / 9, 1 / 9)
    assert (answer["asa"], answer["average_wait"], answer["longest_wait"]) == (8.571, 14.7, 60.0)
    assert (answer["average_talk"], answer["aht"]) == (120.0, 140.0)
    assert {name for name in answer if name not in ("queue", "from", "to")} == {
        field.name for field in fields(Figures)
    }
    changed = world.call(world.admin, "PATCH", f"/CCQueueConfig/{pid(queue)}", json={"short_abandon": 0})
    assert changed.json()["short_abandon"] == 0
    answer = world.call(world.admin, "GET", path, params=asked).json()
    assert (answer["abandoned"], answer["short_abandons"], answer["service_level"]) == (2, 0, 0.6)


def test_statistics_are_those_that_the_core_computes(any_world: World) -> None:
    """The statement groups the stays; the figures are those of the stays one by one."""
    world, draw = any_world, random.Random(5)
    queue, start = world.queue(call_service_good=20.0, short_abandon=5.0), datetime(2027, 3, 1, tzinfo=UTC)
    groups: list[Stays] = []
    for _ in range(120):
        outcome, wait = str(draw.choice(list(Outcome))), draw.choice([0.0, 4.9, 5.0, 19.9, 20.0, 20.1, 300.0])
        talk, wrap_up = (draw.choice([60.5, 0.123]), 20.0) if outcome == "answered" else (0.0, None)
        callback = draw.choice([None, new_id()])
        at = start + timedelta(minutes=draw.randrange(60 * 24))
        add_stay(world, queue, at, outcome, wait, talk=talk, wrap_up=wrap_up, callback=callback)
        groups.append(Stays(outcome, wait, callback is not None, 1, talk, wrap_up or 0.0))
    asked = {"from": "2027-03-01T00:00:00Z", "to": "2027-03-02T00:00:00Z", "interval": 1800}
    answer = world.call(world.admin, "GET", f"/CCQueueConfig/{pid(queue)}/stats", params=asked).json()
    expected = asdict(figures(groups, good=20.0, short=5.0))
    assert {name: answer[name] for name in expected} == expected
    assert sum(each["offered"] for each in answer["intervals"]) == expected["offered"]
    assert len(answer["intervals"]) == 48
