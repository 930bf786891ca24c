"""`POST /CCQueueConfig/:queue_id/simulate`."""

from datetime import UTC, datetime, timedelta
from threading import BoundedSemaphore
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from api.telephony.queues import recorded_day, simulation
from models import Agent, AgentSpell, CallLog, Queue, QueueManager, QueueStay, Team, WrapUp, utcnow
from routing.simulation.erlang import erlang_a, erlang_c
from switchroom.ids import new_id
from tests.support.api.world import Refuses, World, pid

pytestmark = pytest.mark.service

PLAIN = {"agents": 10, "calls_per_hour": 160, "aht": 180, "threshold": 20, "calls": 1500, "seed": 3}
MONDAY = datetime(2026, 1, 5, tzinfo=UTC)


def path(queue: Queue) -> str:
    return f"/CCQueueConfig/{pid(queue)}/simulate"


def simulated(world: World, queue: Queue, **body: Any) -> dict[str, Any]:
    answer = world.call(world.admin, "POST", path(queue), json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_the_figures_are_near_theory_and_repeat(world: World) -> None:
    queue = world.queue()
    first = simulated(world, queue, **PLAIN)
    again = simulated(world, queue, **PLAIN)
    assert first.pop("seconds") > 0 < again.pop("seconds")
    assert first == again
    expected = erlang_c(10, 160 / 3600, 180.0, 20.0)
    assert first["theory"]["p_wait"] == pytest.approx(expected.p_wait)
    assert first["p_wait"] == pytest.approx(expected.p_wait, abs=0.15)
    assert first["occupancy"] == pytest.approx(0.8, abs=0.06)
    assert (first["calls"], first["abandonment"], first["agents"]) == (1500, 0.0, 10)
    assert (first["queue"], first["strategy"]) == (pid(queue), "longest-idle")


def test_patience_gives_abandonment(world: World) -> None:
    found = simulated(world, world.queue(), **PLAIN, patience=60)
    expected = erlang_a(10, 160 / 3600, 180.0, 60.0, 20.0, short=5.0)
    assert found["theory"]["abandonment"] == pytest.approx(expected.abandonment)
    assert found["abandonment"] == pytest.approx(expected.abandonment, abs=0.04)


def test_what_is_left_out_is_as_the_queue_has_it(world: World) -> None:
    queue = world.queue(strategy="ring-all", wrap_up=30.0, call_service_good=45.0)
    for name in ("Ann", "Bob", "Cat"):
        world.agent(None, name, queue)
    found = simulated(world, queue, calls_per_hour=40, aht=180, calls=500)
    assert (found["agents"], found["strategy"], found["threshold"]) == (3, "ring-all", 45.0)
    assert found["theory"] is None
    assert 0.4 < found["occupancy"] < 0.9


def test_traffic_from_the_logs(any_world: World) -> None:
    world = any_world
    queue = world.queue(wrap_up=10.0)
    agent = world.agent(None, "Ann", queue)
    logged(world, queue, agent, calls=60)
    days = {"from": "2026-01-05T00:00:00Z", "to": "2026-01-06T00:00:00Z"}
    found = simulated(world, queue, arrivals=days, agents=3)
    assert found["calls"] == 60
    assert found["abandonment"] < 0.3
    crowded = simulated(world, queue, arrivals=days, agents=1)
    assert crowded["asa"] > found["asa"]
    patient = simulated(world, queue, arrivals=days, agents=3, aht=100, patience=None)
    assert patient["abandonment"] == 0.0


def test_a_recorded_day_comes_again_beside_what_happened(any_world: World) -> None:
    world = any_world
    queue = world.queue(wrap_up=30.0)
    agent = world.agent(None, "Ann", queue)
    day = utcnow().date() - timedelta(days=3)
    logged(world, queue, agent, calls=60, day=datetime(day.year, day.month, day.day, tzinfo=UTC))
    found = simulated(world, queue, day=day.isoformat(), agents=3)
    assert found["happened"] == {
        "day": day.isoformat(), "agents": 1, "offered": 60, "answered": 50, "abandoned": 10,
        "service_level": pytest.approx(50 / 60, abs=0.001), "abandonment": pytest.approx(1 / 6, abs=0.001),
        "asa": 8.0, "longest_wait": 40.0, "average_talk": 150.0,
    }  # fmt: skip
    assert (found["calls"], found["agents"]) == (60, 3)
    assert found["abandonment"] < 1 / 6
    crowded = simulated(world, queue, day=day.isoformat(), agents=1)
    assert crowded["asa"] > found["asa"]
    # Ann's wrap-up was 10 s that day; with more of it, callers wait longer.
    slower = simulated(world, queue, day=day.isoformat(), agents=1, wrap_up=120)
    assert slower["asa"] > crowded["asa"]
    assert slower["happened"] == found["happened"]
    assert simulated(world, queue, **PLAIN)["happened"] is None


def test_of_a_recorded_day_agents_work_as_they_did(any_world: World) -> None:
    world = any_world
    queue = world.queue(wrap_up=30.0)
    ann, bob = (world.agent(world.api.person(world.team), name, queue) for name in ("Ann", "Bob"))
    date = utcnow().date() - timedelta(days=3)
    day = datetime(date.year, date.month, date.day, tzinfo=UTC)
    logged(world, queue, ann, calls=60, day=day)
    # Cem is at work for another queue, and Bob helps there for a quarter of an hour.
    other = world.queue("Other")
    cem = world.agent(world.api.person(world.team), "Cem", other)
    helped(world, other, bob, day + timedelta(hours=9, minutes=20), minutes=15)
    # Ann comes the evening before; Bob helps for an hour, has a break and stays longer.
    spells: list[tuple[Agent, str, float, float]] = [
        (ann, "Available", -2, 10),
        (ann, "Offline", 10, 30),
        (bob, "Available", 9, 10),
        (cem, "Available", 0, 24),
    ]
    spells += [(bob, "Break", 10, 10.5), (bob, "Available", 10.5, 12)]
    world.api.add(
        *(
            AgentSpell(agent_id=who.id, began_at=day + timedelta(hours=start), ended_at=day + timedelta(hours=end),
                       team_id=world.team.id, status=status)
            for who, status, start, end in spells
        )
    )  # fmt: skip
    asked = {"day": date.isoformat()}
    found = simulated(world, queue, **asked)
    assert found["agents"] is None
    shifts = [
        (0, "00:00", "10:00"), (1, "09:00", "09:20"), (1, "09:35", "10:00"), (0, "10:30", "12:00"),
    ]  # fmt: skip
    same = [{"agent": f"{agent}", "from": start, "to": end} for agent, start, end in shifts]
    assert figures_of(found) == figures_of(simulated(world, queue, **asked, shifts=same))
    more = simulated(world, queue, **asked, more_agents=2)
    assert more["asa"] < found["asa"]
    assert simulated(world, queue, **asked, agents=3, more_agents=-1)["agents"] == 2
    body = {**asked, "more_agents": 1, "shifts": same}
    answer = world.call(world.admin, "POST", path(queue), json=body)
    assert (answer.status_code, "shifts" in answer.json()["response"]["more_agents"]) == (400, True)


def test_a_day_of_25_hours_comes_again(world: World) -> None:
    queue = world.queue()
    ann = world.agent(None, "Ann", queue)
    with world.api.session() as session:
        session.get_one(Team, world.team.id).timezone = "Europe/Berlin"
    dates = (utcnow().date() - timedelta(days=back) for back in range(2, 400))
    long = (
        (date, *bounds) for date in dates if (bounds := recorded_day.bounds(date, "Europe/Berlin"))[1].astimezone(UTC)
        - bounds[0].astimezone(UTC) > timedelta(days=1)
    )  # fmt: skip
    date, start, end = next(long)
    logged(world, queue, ann, calls=12, day=end.astimezone(UTC) - timedelta(hours=9.5))
    spell = AgentSpell(
        agent_id=ann.id, began_at=start, ended_at=end, team_id=world.team.id, status="Available"
    )
    world.api.add(spell)
    found = simulated(world, queue, day=date.isoformat())
    assert (found["agents"], found["calls"], found["happened"]["offered"]) == (None, 12, 12)


def figures_of(found: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in found.items() if name != "seconds"}


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_a_day_is_one_of_the_teams_zone_and_not_to_come(world: World, zone: str) -> None:
    queue = world.queue()
    with world.api.session() as session:
        session.get_one(Team, world.team.id).timezone = zone
    today = utcnow().astimezone(ZoneInfo(zone)).date()
    for days, said in ((1, "today"), (0, "no calls"), (-400, "no calls"), (-401, "today")):
        day = today + timedelta(days=days)
        body = {"day": day.isoformat(), "agents": 1}
        answer = world.call(world.admin, "POST", path(queue), json=body)
        assert answer.status_code == 400, answer.text
        assert said in answer.json()["response"]["day"]


def logged(world: World, queue: Queue, agent: Agent, calls: int, day: datetime = MONDAY) -> None:
    """One call every two minutes from nine o'clock on, each sixth abandoned after 40 s."""
    rows: list[Any] = []
    for number in range(calls):
        at = day + timedelta(hours=9, minutes=2 * number)
        gone = number % 6 == 5
        call = CallLog(
            id=new_id(),
            team_id=world.team.id,
            queue_id=queue.id,
            started_at=at,
            queued_at=at,
            answered_at=None if gone else at + timedelta(seconds=8),
            ended_at=at + timedelta(seconds=160),
            agent_id=None if gone else agent.id,
            wait=40.0 if gone else 8.0,
            talk=0.0 if gone else 150.0,
            disposition="abandoned" if gone else "answered",
        )
        stay = QueueStay(
            call_id=call.id,
            number=1,
            team_id=call.team_id,
            queue_id=queue.id,
            agent_id=call.agent_id,
            joined_at=at,
            outcome=call.disposition,
            wait=call.wait,
            talk=call.talk,
            last_call_id=call.id,
        )
        rows += [call, stay]
        if not gone:
            rows.append(
                WrapUp(call_id=call.id, agent_id=agent.id, team_id=world.team.id, seconds=10.0, created_at=at)
            )
    world.api.add(*rows)


def helped(world: World, queue: Queue, agent: Agent, at: datetime, minutes: int) -> None:
    """A caller of the queue waited for a minute, then talked to the agent from `at` on."""
    call = CallLog(id=new_id(), team_id=world.team.id, queue_id=queue.id, started_at=at, agent_id=agent.id)
    world.api.add(
        call,
        QueueStay(
            call_id=call.id, number=1, team_id=call.team_id, queue_id=queue.id, agent_id=agent.id,
            joined_at=at - timedelta(minutes=1), outcome="answered", wait=60.0, talk=minutes * 60.0,
            last_call_id=call.id,
        ),
    )  # fmt: skip


def test_agents_on_shifts(world: World) -> None:
    body = {
        "arrivals": "by-hour",
        "rates": [0.0] * 9 + [30.0] * 8 + [0.0] * 7,
        "aht": 120,
        "calls": 240,
        "patience": 120,
        "shifts": [
            {"agent": "Ann", "from": "09:00", "to": "17:00"},
            {"agent": "Bob", "from": "09:00", "to": "13:00"},
        ],
    }
    found = simulated(world, world.queue(), **body)
    assert found["agents"] is None
    assert 180 < found["calls"] < 300
    assert 0.3 < found["occupancy"] < 1.0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("agents", 0),
        ("agents", 501),
        ("agents", "many"),
        ("calls", 20_001),
        ("calls_per_hour", 0),
        ("calls_per_hour", None),
        ("aht", -5),
        ("aht", None),
        ("patience", "soon"),
        ("patience", True),
        ("threshold", -1),
        ("strategy", "loudest"),
        ("seed", 2**70),
        ("arrivals", "sometimes"),
        ("arrivals", {"from": "yesterday"}),
        ("arrivals", {"from": "2026-01-05T00:00:00Z", "to": "2025-01-05T00:00:00Z"}),
        ("arrivals", "logs"),
        ("service", "slow"),
        ("cv", 0),
        ("wrap_up", -1),
        ("answer_delay", 60),
        ("counts", [1, 2, 3]),
        ("counts", [0] * 48),
        ("shifts", [{"agent": "Ann", "from": "9", "to": "17:00"}]),
        (
            "shifts",
            [
                {"agent": "Ann", "from": "09:00", "to": "17:00"},
                {"agent": "Ann", "from": "16:00", "to": "18:00"},
            ],
        ),
    ],
)
def test_a_wrong_field_is_named(world: World, field: str, value: object) -> None:
    named = {"counts": ("counts", "shifts")}.get(field, (field,))
    answer = world.call(world.admin, "POST", path(world.queue()), json={**PLAIN, field: value})
    assert answer.status_code == 400, answer.text
    assert {name.split(".")[0] for name in answer.json()["response"]} <= set(named)


def test_years_of_shifts_are_refused(world: World) -> None:
    body = {**PLAIN, "calls_per_hour": 0.001, "counts": [1, 0] * 24, "calls": 20_000}
    answer = world.call(world.admin, "POST", path(world.queue()), json=body)
    assert (answer.status_code, list(answer.json()["response"])) == (400, ["calls"])


def test_more_agents_than_said(world: World) -> None:
    answer = world.call(world.admin, "POST", path(world.queue()), json={"calls_per_hour": 5, "aht": 60})
    assert list(answer.json()["response"]) == ["agents"]


def test_managers_and_admins_only(world: World, refuses_outsiders: Refuses) -> None:
    queue = world.queue()
    world.agent(world.member, "Kate", queue)
    assert world.call(world.member, "POST", path(queue), json=PLAIN).status_code == 403
    world.api.add(QueueManager(queue_id=queue.id, user_id=world.member.user.id))
    assert world.call(world.member, "POST", path(queue), json={**PLAIN, "calls": 50}).status_code == 200
    refuses_outsiders("POST", f"/CCQueueConfig/{pid(queue)}/simulate", json=PLAIN)


def test_too_many_at_once_come_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    full = BoundedSemaphore(1)
    full.acquire()
    monkeypatch.setattr(simulation, "_running", full)
    answer = world.call(world.admin, "POST", path(world.queue()), json=PLAIN)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "5")
    full.release()
    assert world.call(world.admin, "POST", path(world.queue("Other")), json=PLAIN).status_code == 200


def test_one_that_takes_too_long_is_ended(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulation, "LONGEST_RUN", 0.01)
    answer = world.call(world.admin, "POST", path(world.queue()), json={**PLAIN, "calls": 20_000})
    assert (answer.status_code, answer.json()["errorType"]) == (503, "unavailable")


@pytest.mark.parametrize("end", ["00:00", "24:00", "00:01"])
def test_a_shift_may_begin_at_midnight_as_24_00(world: World, end: str) -> None:
    queue = world.queue()
    shifts = [{"agent": "Ann", "from": "24:00", "to": end}]
    body = {"shifts": shifts, "calls_per_hour": 5, "aht": 60, "calls": 5}
    answer = world.call(world.admin, "POST", f"/CCQueueConfig/{pid(queue)}/simulate", json=body)
    assert answer.status_code == 200, answer.text
