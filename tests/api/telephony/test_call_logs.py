"""Call logs over HTTP: their fields, who sees which, queries, recordings and wrap-up."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlmodel import select

from models import (
    CallLog,
    CallMember,
    DidNumber,
    QueueManager,
    QueueStay,
    Recording,
    RecordingAccess,
    WrapUp,
    WrapUpCode,
)
from switchroom.ids import new_id, public_id
from switchroom.storage import Storage
from tests.support.api.client import Api
from tests.support.api.world import Refuses, World, pid, world_of
from tests.support.servers import S3Server

pytestmark = pytest.mark.service

START = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)


def log_of(world: World, minute: int = 0, **columns: Any) -> CallLog:
    """An answered call of one minute, that many minutes after noon."""
    started = START + timedelta(minutes=minute)
    values: dict[str, Any] = {
        "team_id": world.team.id,
        "caller": "+14165550199",
        "caller_name": "Ada",
        "did": "+14165550100",
        "started_at": started,
        "queued_at": started + timedelta(seconds=2),
        "answered_at": started + timedelta(seconds=10),
        "ended_at": started + timedelta(seconds=60),
        "wait": 8.0,
        "talk": 50.0,
        "disposition": "answered",
        "hangup_cause": 16,
        "ended_by": "caller",
    }
    log = CallLog(**{**values, **columns})
    world.api.add(log)
    return log


def test_seconds_are_rounded_to_milliseconds(world: World) -> None:
    log = log_of(
        world, ended_at=START + timedelta(seconds=61, microseconds=234_567), wait=8.000049, talk=50.12345
    )
    world.api.add(
        Recording(
            call_id=log.id, team_id=world.team.id, file_base=f"recordings/{log.id}-1", seconds=50.123875
        )
    )
    world.api.add(WrapUp(call_id=log.id, team_id=world.team.id, seconds=12.345678))
    (listed,) = world.call(world.admin, "GET", "/call-log").json()
    shown = world.call(world.admin, "GET", f"/call-log/{pid(log)}").json()
    for answer in (listed, shown):
        assert (answer["duration"], answer["wait"], answer["talk"]) == (61.235, 8.0, 50.123)
        assert answer["wrap_up"] == 12.346
    assert shown["recordings"][0]["seconds"] == 50.124


@pytest.mark.operation("list-call-logs")
def test_a_call_log_has_the_documented_fields(world: World) -> None:
    queue = world.queue()
    agent = world.agent(None, "Kate", queue)
    leg = {"kind": "agent", "agent": agent.id, "number": None, "queue": queue.id, "outcome": "answered"}
    times = {"offered_at": START.timestamp(), "rang_at": None, "answered_at": START.timestamp() + 10}
    log = log_of(
        world, queue_id=queue.id, agent_id=agent.id, route_id=new_id(), route_version=3,
        path=[{"block": "menu", "type": "menu", "at": START.timestamp(), "exit": "1"}], legs=[{**leg, **times}],
        decisions=[{"at": START.timestamp(), "queue": queue.id, "agents": [agent.id], "wait": 8.0}],
    )  # fmt: skip
    words = [{"text": "hello", "start": 1.0, "end": 1.5}]
    transcript = {"lines": [{"speaker": "agent", "text": "hello"}], "seconds": 30.0}
    heard = {"lines": [{"speaker": "agent", "text": "hello", "words": words}], "seconds": 30.0}
    world.api.add(
        WrapUp(call_id=log.id, agent_id=agent.id, team_id=world.team.id, seconds=12.5, code="sale"),
        Recording(
            call_id=log.id, team_id=world.team.id, file_base=f"recordings/{log.id}-1", state="stored",
            s3_key="recordings/x.wav", seconds=50.1, size=99, transcript=heard, transcript_state="done",
        ),
    )  # fmt: skip
    (shown,) = world.call(world.admin, "GET", "/call-log").json()
    expected = {
        "id": pid(log), "direction": "inbound", "from": "+14165550199", "to": "+14165550100", "did": "+14165550100",
        "route": public_id(log.route_id or ""), "route_version": 3, "queue": pid(queue), "agent": pid(agent),
        "started_at": "2026-07-01T12:00:00.000Z", "answered_at": "2026-07-01T12:00:10.000Z",
        "ended_at": "2026-07-01T12:01:00.000Z", "wait": 8.0, "talk": 50.0, "wrap_up": 12.5, "wrap_up_code": "sale",
        "wrap_up_note": None, "duration": 60.0, "disposition": "answered", "hangup_cause": 16, "transcript": transcript,
        "path": [{"block": "menu", "type": "menu", "at": "2026-07-01T12:00:00.000Z", "exit": "1"}],
    }  # fmt: skip
    assert expected.items() <= shown.items()
    assert shown["recording"].endswith(f"/v1/call-log/{pid(log)}/recording")
    assert "legs" not in shown
    full = world.call(world.admin, "GET", f"/call-log/{pid(log)}").json()
    assert {**expected, "transcript": heard}.items() <= full.items()
    (shown_leg,) = full["legs"]
    assert (shown_leg["agent"], shown_leg["queue"]) == (pid(agent), pid(queue))
    assert (shown_leg["offered_at"], shown_leg["rang_at"]) == ("2026-07-01T12:00:00.000Z", None)
    assert full["recordings"][0]["seconds"] == 50.1
    why = world.call(world.admin, "GET", f"/call-log/{pid(log)}/decisions").json()
    assert why["call"] == pid(log)
    assert why["decisions"] == full["decisions"]
    assert why["decisions"][0]["agents"] == [pid(agent)]


def ids(world: World, **params: Any) -> list[str]:
    answer = world.call(world.admin, "GET", "/call-log", params=params)
    assert answer.status_code == 200
    return [log["id"] for log in answer.json()]


def test_the_stays_of_a_call_are_shown(any_world: World) -> None:
    """A caller overflowed from one queue to another. Later a callback that they had asked for was answered."""
    world = any_world
    first, second, agent = world.queue("First"), world.queue("Second"), world.agent()
    asked = log_of(world, queue_id=second.id, agent_id=agent.id)
    attempt = log_of(
        world, 60, queue_id=second.id, agent_id=agent.id, direction="callback", callback_of="c" * 32
    )
    log_of(world, 5)
    common: dict[str, Any] = {"call_id": asked.id, "team_id": world.team.id, "joined_at": START}
    world.api.add(
        QueueStay(
            **common, number=1, queue_id=first.id, outcome="passed-on", left_at=START + timedelta(seconds=10),
            wait=10.0, exit="timeout", passed_to="queue", last_call_id=asked.id,
        ),
        QueueStay(
            **common, number=2, queue_id=second.id, outcome="answered", left_at=START + timedelta(hours=1),
            wait=15.5, talk=50.0, agent_id=agent.id, callback="c" * 32, last_call_id=attempt.id,
        ),
    )  # fmt: skip
    shown = world.call(world.admin, "GET", f"/call-log/{pid(asked)}").json()["stays"]
    assert [(stay["queue"], stay["outcome"], stay["wait"]) for stay in shown] == [
        (pid(first), "passed-on", 10.0),
        (pid(second), "answered", 15.5),
    ]
    assert (shown[0]["exit"], shown[0]["passed_to"], shown[0]["agent"]) == ("timeout", "queue", None)
    assert shown[1] == {
        "queue": pid(second),
        "agent": pid(agent),
        "joined_at": "2026-07-01T12:00:00.000Z",
        "left_at": "2026-07-01T13:00:00.000Z",
        "outcome": "answered",
        "wait": 15.5,
        "talk": 50.0,
        "exit": "",
        "passed_to": "",
        "callback": f"a{'c' * 32}",
        "call": pid(asked),
        "last_call": pid(attempt),
    }
    assert world.call(world.admin, "GET", f"/call-log/{pid(attempt)}").json()["stays"] == [shown[1]]
    listed = {log["id"]: log["stays"] for log in world.call(world.admin, "GET", "/call-log").json()}
    assert (listed[pid(asked)], listed[pid(attempt)]) == (shown, [shown[1]])
    assert [] in listed.values()


def test_where_sort_and_paging(any_world: World) -> None:
    world = any_world
    queue = world.queue()
    first = log_of(world, 0, wait=5.0)
    second = log_of(world, 1, wait=30.0, disposition="abandoned", answered_at=None, queue_id=queue.id)
    third = log_of(world, 2, wait=1.0, caller="+442071838750")
    newest_first = [pid(third), pid(second), pid(first)]
    assert ids(world) == newest_first
    assert ids(world, limit=1000, skip=1) == newest_first[1:]
    assert ids(world, limit=1, skip=1) == [pid(second)]
    assert ids(world, sort="wait ASC") == [pid(third), pid(first), pid(second)]
    assert ids(world, where='{"disposition": "abandoned"}') == [pid(second)]
    assert ids(world, where=json.dumps({"queue": pid(queue)})) == [pid(second)]
    assert ids(world, where='{"wait": {">=": 5}, "from": {"startsWith": "+1"}}') == [pid(second), pid(first)]
    assert ids(world, where='{"answered_at": null}') == [pid(second)]
    assert ids(world, where='{"started_at": {">": "2026-07-01T12:00:30Z"}}') == newest_first[:2]
    assert ids(world, where='{"or": [{"wait": 1}, {"disposition": ["abandoned"]}]}') == newest_first[:2]
    assert ids(world, search="442071") == [pid(third)]
    answer = world.call(world.admin, "GET", "/call-log", params={"limit": 1})
    assert answer.headers["X-Total-Count"] == "3"
    for wrong in (
        {"where": '{"legs": 1}'},
        {"where": "{"},
        {"sort": "secret"},
        {"limit": 5000},
        {"skip": -1},
    ):
        assert world.call(world.admin, "GET", "/call-log", params=wrong).status_code == 400


@pytest.mark.operation("list-call-logs")
def test_who_sees_which_calls(any_world: World) -> None:
    world = any_world
    sales, support = world.queue("Sales"), world.queue("Support")
    manager, colleague = world.api.person(world.team), world.api.person(world.team)
    agent = world.agent(None, "Kate", sales, support)
    number = DidNumber(team_id=world.team.id, e164="+14165550109", user_id=colleague.user.id)
    world.api.add(number, QueueManager(queue_id=sales.id, user_id=manager.user.id))
    answered = log_of(world, 0, queue_id=support.id, agent_id=agent.id)
    missed = log_of(world, 1, queue_id=sales.id, disposition="abandoned")
    direct = log_of(world, 2, number_id=number.id)
    nobodys = log_of(world, 3, team_id=None)

    def seen(person: Any) -> set[str]:
        return {log["id"] for log in world.call(person, "GET", "/call-log").json()}

    assert seen(world.admin) == {pid(answered), pid(missed), pid(direct)}
    assert seen(world.member) == {pid(answered)}
    assert seen(manager) == {pid(missed)}
    assert seen(colleague) == {pid(direct)}
    assert seen(world.stranger) == set()
    for ending in ("", "/decisions", "/recording"):
        assert world.call(world.member, "GET", f"/call-log/{pid(missed)}{ending}").status_code == 404
        assert world.call(world.admin, "GET", f"/call-log/{pid(nobodys)}{ending}").status_code == 404


def test_members_see_the_calls_that_they_made_and_that_rang_them(any_world: World) -> None:
    world = any_world
    other = world.api.person(world.team)
    made, rang, foreign = (log_of(world, minute, direction="internal") for minute in range(3))
    assert world.member.member is not None
    assert other.member is not None
    mine, theirs = world.member.member.id, other.member.id
    took_part = [(made, mine), (made, theirs), (rang, mine), (foreign, theirs)]
    world.api.add(*(CallMember(call_id=log.id, member_id=member) for log, member in took_part))

    def seen(person: Any) -> set[str]:
        return {log["id"] for log in world.call(person, "GET", "/call-log").json()}

    assert seen(world.member) == {pid(made), pid(rang)}
    assert seen(other) == {pid(made), pid(foreign)}
    assert seen(world.stranger) == set()
    assert world.call(world.member, "GET", f"/call-log/{pid(made)}").status_code == 200
    assert world.call(world.member, "GET", f"/call-log/{pid(foreign)}").status_code == 404


def test_a_recording_is_redirected_to_and_audited(
    make_api: Callable[..., Api], sqlite_url: str, s3_server: S3Server, tmp_path: Path
) -> None:
    settings = {
        "s3_endpoint": s3_server.endpoint, "s3_access_key": s3_server.access_key,
        "s3_secret_key": s3_server.secret_key, "s3_bucket": s3_server.bucket,
    }  # fmt: skip
    world = world_of(make_api(sqlite_url, **settings))
    agent = world.agent()
    log = log_of(world, agent_id=agent.id)
    key = f"recordings/{log.id}.wav"
    stored = Recording(
        call_id=log.id, team_id=world.team.id, file_base="x", number=1, state="stored", s3_key=key
    )
    world.api.add(stored, Recording(call_id=log.id, team_id=world.team.id, file_base="y", number=2))
    (tmp_path / "talk.wav").write_bytes(b"RIFF-audio")
    Storage(world.api.context.settings).put_file(key, tmp_path / "talk.wav", "audio/wav")
    path = f"/call-log/{pid(log)}/recording"
    answer = world.call(world.member, "GET", path, follow_redirects=False)
    assert answer.status_code == 302
    assert httpx.get(answer.headers["Location"]).content == b"RIFF-audio"
    with world.api.session() as session:
        (access,) = session.exec(select(RecordingAccess)).all()
    assert (access.recording_id, access.user_id) == (stored.id, world.member.user.id)
    assert access.address
    pending = world.call(world.member, "GET", path, params={"number": 2}, follow_redirects=False)
    assert (pending.status_code, pending.json()["response"]["state"]) == (409, "pending")
    missing = world.call(world.member, "GET", path, params={"number": 3}, follow_redirects=False)
    assert missing.status_code == 404


def test_wrap_up_code_and_note(any_world: World) -> None:
    world = any_world
    agent = world.agent()
    log = log_of(world, agent_id=agent.id)
    path = f"/call-log/{pid(log)}/wrapup"
    answer = world.call(world.member, "POST", path, json={"code": "sale", "note": "Wants two,\nby Friday"})
    assert answer.status_code == 200
    assert (answer.json()["wrap_up_code"], answer.json()["wrap_up"]) == ("sale", None)
    later = world.call(world.admin, "POST", path, json={"code": "lead"}).json()
    assert (later["wrap_up_code"], later["wrap_up_note"]) == ("lead", "Wants two,\nby Friday")
    (shown,) = world.call(world.member, "GET", "/call-log").json()
    assert (shown["wrap_up_code"], shown["wrap_up_note"]) == ("lead", "Wants two,\nby Friday")
    world.api.add(WrapUpCode(team_id=world.team.id, code="sale", name="Sale"))
    unknown = world.call(world.member, "POST", path, json={"code": "gone"})
    assert (unknown.status_code, "sale" in unknown.json()["response"]["code"]) == (400, True)


def test_each_agent_who_talked_has_a_note(any_world: World) -> None:
    world = any_world
    colleague = world.api.person(world.team)
    first, last = world.agent(), world.agent(colleague)
    assert world.member.member is not None
    legs = [{"kind": "agent", "agent": one.id, "answered_at": START.timestamp()} for one in (first, last)]
    log = log_of(world, agent_id=last.id, legs=legs)
    world.api.add(CallMember(call_id=log.id, member_id=world.member.member.id))
    path = f"/call-log/{pid(log)}/wrapup"
    for person, note in ((world.member, "sent on"), (colleague, "done")):
        assert world.call(person, "POST", path, json={"note": note}).status_code == 200
    shown = world.call(world.member, "GET", f"/call-log/{pid(log)}").json()
    assert shown["wrap_up_note"] == "done"
    assert {one["agent"]: one["wrap_up_note"] for one in shown["wrap_ups"]} == {
        pid(first): "sent on",
        pid(last): "done",
    }
    (listed,) = world.call(world.admin, "GET", "/call-log").json()
    assert listed["wrap_up_note"] == "done"


def test_a_note_on_ones_part_of_a_call_that_goes_on(any_world: World, refuses_outsiders: Refuses) -> None:
    world, call = any_world, new_id()
    colleague = world.api.person(world.team)
    agent, other = world.agent(), world.agent(colleague)
    view = {
        "call": call, "team": world.team.id, "did": "102", "caller": "101", "state": "parked", "queue": None,
        "agent": None, "started_at": 1_700_000_000.0, "node": "a", "talked": [agent.id],
    }  # fmt: skip
    world.engine.shows("call", view)
    path = f"/call/{public_id(call)}/wrapup"
    refuses_outsiders("POST", path, json={"note": "x"})
    assert world.call(colleague, "POST", path, json={"note": "x"}).status_code == 404
    assert world.call(world.member, "POST", path, json={"note": "wants Bob"}).status_code == 200
    log = log_of(world, id=call, agent_id=other.id)
    world.engine.ends("call", call)
    assert world.call(colleague, "POST", path, json={"note": "has the key"}).status_code == 200
    shown = world.call(world.admin, "GET", f"/call-log/{pid(log)}").json()
    assert [(one["agent"], one["wrap_up_note"]) for one in shown["wrap_ups"]] == [
        (pid(agent), "wants Bob"),
        (pid(other), "has the key"),
    ]


def test_who_may_write_a_wrap_up(world: World, refuses_outsiders: Refuses) -> None:
    colleague = world.api.person(world.team)
    number = DidNumber(team_id=world.team.id, e164="+14165550109", user_id=colleague.user.id)
    world.api.add(number)
    log = log_of(world, agent_id=world.agent().id, number_id=number.id)
    path = f"/call-log/{pid(log)}/wrapup"
    # It was its number, and so the call is visible; but another took it.
    assert world.call(colleague, "GET", f"/call-log/{pid(log)}").status_code == 200
    assert world.call(colleague, "POST", path, json={"note": "x"}).status_code == 404
    refuses_outsiders("POST", path, json={"note": "x"})
    for ending in ("", "/decisions", "/recording"):
        refuses_outsiders("GET", f"/call-log/{pid(log)}{ending}")
    assert world.call(None, "GET", "/call-log").status_code == 401
