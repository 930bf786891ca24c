"""Live calls over HTTP: who sees which, and how to end one."""

from typing import Any

import pytest

from models import QueueManager, TeamUser
from switchroom.ids import new_id, public_id
from tests.support.api.world import Refuses, World, pid, standing

pytestmark = pytest.mark.service


def live_call(world: World, started_at: float = 1_700_000_000.0, **changes: Any) -> str:
    """A live call in Redis; its id as the api shows it."""
    view = {
        "call": new_id(), "team": world.team.id, "did": "+14165550100", "caller": "+14165550199", "state": "queued",
        "queue": None, "agent": None, "started_at": started_at, "node": "a",
    }  # fmt: skip
    view.update(changes)
    world.engine.shows("call", view)
    return public_id(str(view["call"]))


def test_live_calls(world: World) -> None:
    queue = world.queue()
    later = live_call(world, 1_700_000_060.0)
    first = live_call(world, queue=queue.id)
    live_call(world, team=new_id())
    answer = world.call(world.admin, "GET", f"/team/{world.admin.team}/calls")
    assert answer.status_code == 200
    assert [call["id"] for call in answer.json()] == [first, later]
    shown = answer.json()[0]
    assert (shown["did"], shown["from"], shown["state"]) == ("+14165550100", "+14165550199", "queued")
    assert (shown["queue"], shown["agent"]) == (public_id(queue.id), None)
    assert shown["started_at"] == "2023-11-14T22:13:20.000Z"
    assert shown["duration"] > 0


def test_a_live_call_tells_its_place_and_what_it_needs(world: World) -> None:
    queue, needs = world.queue(), [{"skill": "french", "level": 2, "required": True}]
    waits = live_call(world, queue=queue.id, needs=needs)
    called_back = live_call(world, 1_700_000_060.0, direction="callback", callback_of="0f" * 16)
    place = standing(waits[1:], 4, estimate=[10.0, 90.0])
    world.engine.shows("queue", {"queue": queue.id, "team": world.team.id, "waiting": [place]})
    first, second = world.call(world.admin, "GET", f"/team/{world.admin.team}/calls").json()
    assert (first["id"], first["direction"], first["callback_of"]) == (waits, "inbound", None)
    assert (first["position"], first["estimate"], first["needs"]) == (4, {"low": 10.0, "high": 90.0}, needs)
    assert (second["id"], second["direction"]) == (called_back, "callback")
    assert second["callback_of"] == "a" + "0f" * 16
    assert (second["position"], second["estimate"], second["needs"]) == (None, None, [])


@pytest.mark.parametrize("later", [False, True], ids=["at its place", "for another attempt"])
def test_a_manager_ends_a_callback_by_its_own_id(
    world: World, refuses_outsiders: Refuses, later: bool
) -> None:
    queue, other, manager = world.queue(), world.queue("Other"), world.api.person(world.team)
    world.agent(None, "Kate", queue)
    world.api.add(QueueManager(queue_id=queue.id, user_id=manager.user.id))
    back, call = new_id(), new_id()
    due = {"callback": back, "number": "+1", "entered_at": 1.0, "due_at": 2.0, "attempts": 1}
    places = [standing(call), *([] if later else [standing(back, 2, callback=True)])]
    view = {"team": world.team.id, "waiting": places, "later": [due] if later else []}
    world.engine.shows("queue", {"queue": queue.id, **view})
    world.engine.shows("queue", {"queue": other.id, "team": world.team.id})
    live = world.call(manager, "GET", f"/CCQueueConfig/{pid(queue)}/live").json()
    (shown,) = live["callbacks_later"] if later else [it for it in live["waiting"] if it["callback"]]
    path = f"/call/{shown['call']}/hangup"
    refuses_outsiders("POST", path)
    # An agent sees the callback in its queue, and does not decide on it.
    assert world.call(world.member, "POST", path).status_code == 403
    assert world.engine.commands() == []
    for person in (manager, world.admin):
        assert world.call(person, "POST", path).status_code == 202
    assert world.engine.commands() == [
        {"type": "hang-up", "call": back, "by": person.user.id} for person in (manager, world.admin)
    ]
    # A caller's place is not a callback, and a queue's id is not one either.
    for id in (call, queue.id, new_id()):
        assert world.call(manager, "POST", f"/call/a{id}/hangup").status_code == 404


def test_who_sees_and_ends_which(world: World, refuses_outsiders: Refuses) -> None:
    queue, agent, manager = world.queue(), world.agent(), world.api.person(world.team)
    world.api.add(QueueManager(queue_id=queue.id, user_id=manager.user.id))
    queued, talking = live_call(world, queue=queue.id), live_call(world, agent=agent.id)
    path = f"/team/{world.admin.team}/calls"

    def seen(person: Any) -> set[str]:
        return {call["id"] for call in world.call(person, "GET", path).json()}

    assert seen(world.admin) == {queued, talking}
    assert seen(manager) == {queued}
    assert seen(world.member) == {talking}
    refuses_outsiders("GET", path)
    assert world.call(manager, "POST", f"/call/{talking}/hangup").status_code == 403
    refuses_outsiders("POST", f"/call/{talking}/hangup")
    assert world.engine.commands() == []
    assert world.call(world.member, "POST", f"/call/{talking}/hangup").status_code == 202
    assert world.call(manager, "POST", f"/call/{queued}/hangup").status_code == 202
    assert world.engine.commands() == [
        {"type": "hang-up", "call": talking[1:], "by": world.member.user.id},
        {"type": "hang-up", "call": queued[1:], "by": manager.user.id},
    ]
    assert world.call(world.admin, "POST", f"/call/a{new_id()}/hangup").status_code == 404
    assert world.call(world.admin, "POST", "/call/nonsense/hangup").status_code == 404


@pytest.mark.parametrize(
    ("action", "state", "type"),
    [("hold", "talking", "hold"), ("unhold", "held", "unhold")],
    ids=["hold", "unhold"],
)
def test_who_holds_which_talk(
    world: World, refuses_outsiders: Refuses, action: str, state: str, type: str
) -> None:
    queue, agent, manager = world.queue(), world.agent(), world.api.person(world.team)
    world.api.add(QueueManager(queue_id=queue.id, user_id=manager.user.id))
    served = {"kind": "agent", "agent": agent.id, "queue": queue.id, "talking": True}
    call = live_call(world, state=state, parties=[served])
    membership = world.member.member
    assert membership is not None
    colleagues = live_call(world, state=state, parties=[{"kind": "member", "member": membership.id}])
    others = live_call(world, state=state, parties=[{"kind": "agent", "agent": new_id()}])
    refuses_outsiders("POST", f"/call/{call}/{action}")
    assert world.call(world.member, "POST", f"/call/{others}/{action}").status_code == 403
    assert world.call(world.admin, "POST", f"/call/a{new_id()}/{action}").status_code == 404
    assert world.engine.commands() == []
    asked = [(world.member, call), (manager, call), (world.admin, others), (world.member, colleagues)]
    for person, id in asked:
        assert world.call(person, "POST", f"/call/{id}/{action}").status_code == 202
    assert world.engine.commands() == [
        {"type": type, "call": id[1:], "by": person.user.id} for person, id in asked
    ]


@pytest.mark.parametrize(("action", "state"), [("hold", "queued"), ("hold", "held"), ("unhold", "talking")])
def test_an_action_that_does_not_fit_the_call_says_its_state(world: World, action: str, state: str) -> None:
    call = live_call(world, state=state)
    answer = world.call(world.admin, "POST", f"/call/{call}/{action}")
    assert (answer.status_code, answer.json()["response"]["state"]) == (409, state)
    assert world.engine.commands() == []


def test_a_live_call_shows_its_parties(world: World) -> None:
    party = {"kind": "agent", "agent": "0a" * 16, "queue": "0b" * 16, "talking": True}
    live_call(world, parties=[party], on_hold=True)
    (shown,) = world.call(world.admin, "GET", f"/team/{world.admin.team}/calls").json()
    assert shown["on_hold"] is True
    assert shown["parties"] == [
        {
            "kind": "agent", "agent": "a" + "0a" * 16, "member": None, "number": None,
            "queue": "a" + "0b" * 16, "talking": True, "muted": False,
        }
    ]  # fmt: skip


def test_who_sends_which_talk_where(world: World, refuses_outsiders: Refuses) -> None:
    agent, queue, other = world.agent(), world.queue(), world.agent(world.admin, "Kim")
    call = live_call(world, state="talking", agent=agent.id)
    path = f"/call/{call}/transfer"
    refuses_outsiders("POST", path, json={"queue": pid(queue)})
    extension = "7001"
    with world.api.session() as session:
        membership = world.member.member
        assert membership is not None
        session.get_one(TeamUser, membership.id).extension = extension
    targets = {"agent": pid(other), "queue": pid(queue), "extension": extension, "number": "+1 416 555 0177"}
    for field, value in {**targets, "voicemail": world.member.id}.items():
        answer = world.call(world.member, "POST", path, json={field: value})
        assert answer.status_code == 202, answer.text
    sent = [(it["kind"], it["to"], it["mailbox"], it["by"]) for it in world.engine.commands()]
    by = world.member.user.id
    assert sent == [
        ("agent", other.id, "", by), ("queue", queue.id, "", by), ("extension", extension, "", by),
        ("number", "+14165550177", "", by), ("voicemail", by, "user", by),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "agent"),
        ({"agent": new_id(), "queue": new_id()}, "queue"),
        ({"agent": new_id()}, "agent"),
        ({"queue": new_id()}, "queue"),
        ({"extension": "9999"}, "extension"),
        ({"extension": "x"}, "extension"),
        ({"voicemail": new_id()}, "voicemail"),
        ({"number": "12"}, "number"),
    ],
)
def test_a_target_that_is_none(world: World, body: dict[str, str], field: str) -> None:
    call = live_call(world, state="held")
    answer = world.call(world.admin, "POST", f"/call/{call}/transfer", json=body)
    assert answer.status_code == 400
    assert field in answer.json()["response"]
    assert world.engine.commands() == []


@pytest.mark.parametrize(
    ("action", "runs", "wanted", "others"),
    [
        ("pause-recording", "on", {"on": False, "ends": False}, ("", "off", "paused")),
        ("record", "paused", {"on": True, "ends": False}, ("", "on")),
        ("record", "off", {"on": True, "ends": False}, ("", "on")),
        ("stop-recording", "on", {"on": False, "ends": True}, ("", "off")),
        ("stop-recording", "paused", {"on": False, "ends": True}, ("", "off")),
    ],
)
def test_a_recording_begins_pauses_and_ends(
    world: World,
    refuses_outsiders: Refuses,
    action: str,
    runs: str,
    wanted: dict[str, bool],
    others: list[str],
) -> None:
    agent = world.agent().id
    call = live_call(world, state="talking", agent=agent, recording=runs, recording_asked=runs != "off")
    refuses_outsiders("POST", f"/call/{call}/{action}")
    assert world.call(world.member, "POST", f"/call/{call}/{action}").status_code == 202
    assert world.engine.commands() == [
        {"type": "recording", "call": call[1:], **wanted, "by": world.member.user.id}
    ]
    for other in others:
        refused = live_call(world, state="talking", recording=other)
        answer = world.call(world.admin, "POST", f"/call/{refused}/{action}")
        assert (answer.status_code, answer.json()["response"]["recording"]) == (409, other or None)


def test_what_the_policy_records_is_not_ended(world: World) -> None:
    call = live_call(world, state="talking", recording="on")
    answer = world.call(world.admin, "POST", f"/call/{call}/stop-recording")
    assert (answer.status_code, answer.json()["response"]["recording"]) == (409, "on")
    assert world.engine.commands() == []


def test_who_parks_which_talk(world: World, refuses_outsiders: Refuses) -> None:
    call = live_call(world, state="talking", agent=world.agent().id)
    refuses_outsiders("POST", f"/call/{call}/park")
    assert world.call(world.member, "POST", f"/call/{call}/park").status_code == 202
    assert world.engine.commands() == [{"type": "park", "call": call[1:], "by": world.member.user.id}]
    parked = live_call(world, state="parked", slot="701")
    assert world.call(world.admin, "POST", f"/call/{parked}/park").status_code == 409
    (shown,) = [
        it for it in world.call(world.admin, "GET", f"/team/{world.admin.team}/calls").json() if it["slot"]
    ]
    assert (shown["id"], shown["slot"]) == (parked, "701")
