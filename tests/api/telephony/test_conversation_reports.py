"""A team's statistics of conversations: recomputed from their stays, apart from those of calls, and as files."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from analysis.reports.files import name_of
from analysis.reports.report import OF_CONVERSATIONS, By, Of
from api.telephony.reports.figures import FIGURES
from models import Agent, AgentSpell, CallLog, InboxWorkStay, Queue, QueueStay, Role
from routing.figures import Stays, figures, service_levels
from switchroom.ids import new_id
from tests.api.core.test_one_hop import Counted, counted
from tests.support.api.world import World

__all__ = ["counted"]

NOON = datetime(2026, 10, 20, 12, tzinfo=UTC)
STAYS = [
    # minutes after noon, outcome, wait, talk
    (1, "answered", 5.0, 600.0),
    (2, "answered", 40.0, 300.0),
    (3, "passed-on", 12.0, 0.0),
    (16, "left", 90.0, 0.0),
    (17, "waiting", 0.0, 0.0),
]


def fill(world: World, name: str = "=Messages") -> tuple[Queue, Agent]:
    """Write the stays above, and a call to the same queue that the same agent answered."""
    queue = world.queue(name, call_service_good=20.0)
    agent = world.agent(None, f"Kate{name}", queue)
    for minutes, outcome, wait, talk in STAYS:
        at = NOON + timedelta(minutes=minutes)
        world.api.add(
            InboxWorkStay(
                item_id=new_id(),
                number=1,
                team_id=world.team.id,
                queue_id=queue.id,
                agent_id=agent.id if outcome == "answered" else None,
                joined_at=at,
                outcome=outcome,
                wait=wait,
                talk=talk,
            )
        )
    log = CallLog(team_id=world.team.id, did="+14165550100", queue_id=queue.id, started_at=NOON)
    world.api.add(log)
    world.api.add(
        QueueStay(
            call_id=log.id,
            number=1,
            team_id=world.team.id,
            queue_id=queue.id,
            agent_id=agent.id,
            joined_at=NOON,
            outcome="answered",
            wait=7.0,
            talk=70.0,
            last_call_id=log.id,
        )
    )
    return queue, agent


def ask(world: World, by: str, path: str = "", **more: str) -> Any:
    end = NOON + timedelta(minutes=30)
    params = {"of": "conversations", "by": by, "from": NOON.isoformat(), "to": end.isoformat(), **more}
    return world.call(world.admin, "GET", f"/team/a{world.team.id}/statistics{path}", params=params)


@pytest.mark.service
def test_queues_as_recomputed_from_their_stays(any_world: World) -> None:
    world = any_world
    queue, _ = fill(world)
    world.queue("Without conversations")
    answer = ask(world, "queue")
    assert answer.status_code == 200, answer.text
    assert answer.json()["of"] == "conversations"
    (row,) = answer.json()["rows"]
    assert (row["id"], row["name"]) == (f"a{queue.id}", "=Messages")
    each = [Stays(outcome, wait, talk=talk) for _, outcome, wait, talk in STAYS]
    expected = figures(each, good=20.0, short=5.0), service_levels(each, good=20.0, short=5.0)
    for name in OF_CONVERSATIONS[By.QUEUE]:
        assert row[name] == pytest.approx(next(getattr(of, name) for of in expected if hasattr(of, name)))
    assert (row["offered"], row["answered"], row["service_level"], row["average_talk"]) == (5, 2, 0.25, 450.0)
    assert {name for name in row if name not in ("id", "name", "from", "to")} == OF_CONVERSATIONS[By.QUEUE]
    calls = ask(world, "queue", of="calls").json()["rows"]
    assert [(one["name"], one["offered"]) for one in calls] == [
        ("=Messages", 1),
        ("Without conversations", 0),
    ]


@pytest.mark.service
def test_intervals_add_up(any_world: World) -> None:
    fill(any_world)
    rows = ask(any_world, "queue", interval="15m").json()["rows"]
    assert [(row["offered"], row["waiting"]) for row in rows] == [(3, 0), (2, 1)]


@pytest.mark.service
def test_agents_have_what_they_accepted(any_world: World) -> None:
    world = any_world
    _, agent = fill(world)
    began, ended = NOON - timedelta(minutes=5), NOON + timedelta(minutes=10)
    world.api.add(
        AgentSpell(
            agent_id=agent.id, team_id=world.team.id, began_at=began, ended_at=ended, status="Available"
        )
    )
    answer = ask(world, "agent")
    assert answer.status_code == 200, answer.text
    (row,) = answer.json()["rows"]
    assert {**row, "from": "", "to": ""} == {
        "id": f"a{agent.id}",
        "name": "Kate=Messages",
        "from": "",
        "to": "",
        "answered": 2,
        "talk": 900.0,
        "average_talk": 450.0,
        "longest_talk": 600.0,
        "available": 600.0,
        "planned": None,
        "adherence": None,
    }
    (of_calls,) = ask(world, "agent", of="calls").json()["rows"]
    assert (of_calls["answered"], of_calls["talk"]) == (1, 70.0)


@pytest.mark.service
@pytest.mark.parametrize("path", ["", "/csv", "/xlsx"])
def test_conversations_have_no_number(world: World, path: str) -> None:
    answer = ask(world, "number", path)
    assert answer.status_code == 400
    assert answer.json()["response"] == {"by": "Conversations have no number: must be queue or agent"}
    assert ask(world, "queue", path, of="messages").status_code == 400


@pytest.mark.service
@pytest.mark.parametrize("path", ["", "/csv", "/xlsx"])
@pytest.mark.parametrize("by", ["agent", "number"])
def test_only_admins_of_the_team(world: World, path: str, by: str) -> None:
    stranger = world.api.person(world.api.team(), Role.ADMIN)
    for person, status in ((world.member, 403), (stranger, 404), (None, 401)):
        address = f"/team/a{world.team.id}/statistics{path}?of=conversations&by={by}"
        assert world.call(person, "GET", address).status_code == status


@pytest.mark.service
def test_a_files_name_says_what_it_holds(world: World) -> None:
    fill(world)
    answer = ask(world, "queue", "/csv")
    assert answer.headers["content-disposition"] == (
        'attachment; filename="statistics-queue-conversations.csv"'
    )
    (row,) = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert (row["name"], row["offered"], row["longest_wait"]) == ("'=Messages", "5", "90.0")
    assert "abandoned" not in row
    answer = ask(world, "agent", "/xlsx")
    assert answer.headers["content-disposition"] == (
        'attachment; filename="statistics-agent-conversations.xlsx"'
    )


@pytest.mark.unit
def test_files_have_names_of_their_own() -> None:
    names = {name_of(of, by) for of, by in FIGURES}
    assert len(names) == len(FIGURES) == 5
    assert name_of(Of.CALLS, By.QUEUE) == "statistics-queue"


@pytest.mark.unit
@pytest.mark.parametrize("by", list(OF_CONVERSATIONS))
def test_the_figures_that_can_be_mailed_are_those_of_the_rows(by: By) -> None:
    assert set(FIGURES[Of.CONVERSATIONS, by]) == OF_CONVERSATIONS[by]


@pytest.mark.service
@pytest.mark.parametrize("by", ["queue", "agent"])
def test_ten_queues_take_as_many_statements_as_two(any_world: World, counted: Counted, by: str) -> None:
    world = any_world
    statements = []
    for many in (2, 10):
        for number in range(many):
            fill(world, f"{many} {number}")
        # The first request of a caller also asks who they are.
        assert world.call(world.admin, "GET", "/user/me").is_success
        counted.clear()
        rows = ask(world, by, interval="15m").json()["rows"]
        assert len(rows) >= many
        assert counted.jobs == ["reads"]
        statements.append(counted.tables)
    assert statements[0] == statements[1]
    assert len(statements[0]) <= 6
