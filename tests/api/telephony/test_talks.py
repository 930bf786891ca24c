"""What people do with live calls by their own telephones, over HTTP: who may, and what the engine is asked."""

from typing import Any

import pytest
from redis import RedisError
from sqlmodel import select

from models import Outbox, QueueManager, TeamUser
from switchroom.ids import new_id, public_id
from tests.api.telephony.test_calls import live_call
from tests.support.api.world import Refuses, World, pid

pytestmark = pytest.mark.service


def telephone(world: World, person: Any, name: str | None = "e7001t0123456789ab") -> None:
    """Give the person this SIP account in the team, or none."""
    with world.api.session() as session:
        session.get_one(TeamUser, person.member.id).sip_username = name


def own(world: World, **changes: Any) -> str:
    """A talk of the member's."""
    agent = world.agent(name=f"Agent {new_id()}")
    party = {"kind": "agent", "agent": agent.id, "queue": changes.pop("queue", None), "talking": True}
    return live_call(world, **{"state": "talking", "agent": agent.id, "parties": [party], **changes})


def refused(world: World, person: Any, call: str, action: str, **body: Any) -> dict[str, Any]:
    answer = world.call(person, "POST", f"/call/{call}/{action}", **({"json": body} if body else {}))
    assert answer.status_code == 409, answer.text
    return {key: value for key, value in answer.json()["response"].items() if key != "message"}


def test_what_is_asked_of_a_talk_goes_at_once_or_not_at_all(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    call, context = own(world), world.api.context

    def away(*_: Any, **__: Any) -> None:
        raise RedisError("away")

    with monkeypatch.context() as patched:
        patched.setattr(context.redis, "xadd", away)
        patched.setattr(context.pools.writes, "submit", away)
        assert world.call(world.member, "POST", f"/call/{call}/hold").status_code == 503
    assert world.engine.commands() == []
    with monkeypatch.context() as patched:
        patched.setattr(context.pools.writes, "submit", away)
        assert world.call(world.member, "POST", f"/call/{call}/hold").status_code == 202
    (asked,) = world.engine.commands()
    assert (asked["type"], asked["call"]) == ("hold", call[1:])
    with world.api.session() as session:
        assert session.exec(select(Outbox.id).where(Outbox.kind == "command")).all() == []


def test_who_lets_which_talk_consult_whom(world: World, refuses_outsiders: Refuses) -> None:
    queue, other = world.queue(), world.agent(world.admin, "Kim")
    call = own(world)
    path = f"/call/{call}/consult"
    refuses_outsiders("POST", path, json={"queue": pid(queue)})
    for field, value in {"agent": pid(other), "queue": pid(queue), "number": "+1 416 555 0177"}.items():
        assert world.call(world.member, "POST", path, json={field: value}).status_code == 202
    sent = [(it["type"], it["kind"], it["to"], it["by"]) for it in world.engine.commands()]
    by = world.member.user.id
    assert sent == [
        ("consult", "agent", other.id, by), ("consult", "queue", queue.id, by),
        ("consult", "number", "+14165550177", by),
    ]  # fmt: skip
    answer = world.call(world.member, "POST", path, json={"agent": new_id()})
    assert (answer.status_code, list(answer.json()["response"])) == (400, ["agent"])
    assert world.call(world.member, "POST", path, json={"voicemail": world.member.id}).status_code == 400
    busy = own(world, state="held", consult=new_id())
    assert refused(world, world.member, busy, "consult", queue=pid(queue)) == {"state": "held"}
    assert refused(world, world.member, busy, "transfer", queue=pid(queue)) == {"state": "held"}


def test_a_consultation_is_completed_or_ended(world: World, refuses_outsiders: Refuses) -> None:
    other = live_call(world, state="dialing")
    call = own(world, state="held", consult=other[1:])
    (shown,) = [
        it for it in world.call(world.admin, "GET", f"/team/{world.admin.team}/calls").json() if it["consult"]
    ]
    assert (shown["id"], shown["consult"], shown["consult_of"]) == (call, other, None)
    for action in ("complete-consult", "end-consult"):
        refuses_outsiders("POST", f"/call/{call}/{action}")
    assert refused(world, world.member, call, "complete-consult") == {"state": "held", "consult": "dialing"}
    assert world.call(world.member, "POST", f"/call/{call}/end-consult").status_code == 202
    talking = own(world, state="held", consult=live_call(world, state="connected")[1:])
    assert world.call(world.member, "POST", f"/call/{talking}/complete-consult").status_code == 202
    assert [(it["call"], it["complete"]) for it in world.engine.commands()] == [
        (call[1:], False), (talking[1:], True),
    ]  # fmt: skip
    for action in ("complete-consult", "end-consult"):
        assert refused(world, world.member, own(world, state="held"), action) == {"state": "held"}
        assert refused(world, world.member, own(world), action) == {"state": "talking"}


def test_all_three_talk_and_one_leaves(world: World, refuses_outsiders: Refuses) -> None:
    held = own(world, state="held", consult=live_call(world, state="connected")[1:])
    refuses_outsiders("POST", f"/call/{held}/join-consult")
    rings = own(world, state="held", consult=live_call(world, state="dialing")[1:])
    assert refused(world, world.member, rings, "join-consult") == {"state": "held", "consult": "dialing"}
    assert world.call(world.member, "POST", f"/call/{held}/join-consult").status_code == 202
    agent = world.agent(name="Joined")
    both = [{"kind": "agent", "agent": agent.id, "talking": True}, {"kind": "number", "talking": True}]
    three = own(world, agent=agent.id, parties=both)
    refuses_outsiders("POST", f"/call/{three}/leave")
    assert world.call(world.admin, "POST", f"/call/{three}/leave").status_code == 403
    assert world.call(world.member, "POST", f"/call/{three}/leave").status_code == 202
    by = world.member.user.id
    assert world.engine.commands() == [
        {"type": "join-consult", "call": held[1:], "by": by}, {"type": "leave", "call": three[1:], "by": by},
    ]  # fmt: skip
    for action in ("hold", "park", "detach", "pull"):
        assert refused(world, world.member, three, action)["state"] == "talking"
    assert refused(world, world.member, own(world), "leave") == {"state": "talking"}


@pytest.mark.parametrize("state", ["talking", "connected", "held", "stranded"])
def test_a_member_moves_their_own_talk(world: World, refuses_outsiders: Refuses, state: str) -> None:
    call = own(world, state=state)
    refuses_outsiders("POST", f"/call/{call}/pull")
    telephone(world, world.member, None)
    assert refused(world, world.member, call, "pull")["reason"] == "no-phone"
    assert world.call(world.admin, "POST", f"/call/{call}/pull").status_code == 403
    telephone(world, world.member)
    answer = world.call(world.member, "POST", f"/call/{call}/pull")
    assert answer.status_code == 202
    (sent,) = world.engine.commands()
    assert (sent["type"], sent["call"], sent["by"]) == ("pull", call[1:], world.member.user.id)
    assert public_id(sent["as_call"]) == answer.json()["id"]
    assert refused(world, world.member, own(world, state="queued"), "pull") == {"state": "queued"}


def test_a_member_lets_their_telephone_go(world: World, refuses_outsiders: Refuses) -> None:
    call = own(world)
    refuses_outsiders("POST", f"/call/{call}/detach")
    assert world.call(world.admin, "POST", f"/call/{call}/detach").status_code == 403
    assert world.call(world.member, "POST", f"/call/{call}/detach").status_code == 202
    assert world.engine.commands() == [{"type": "detach", "call": call[1:], "by": world.member.user.id}]
    assert refused(world, world.member, own(world, state="stranded"), "detach") == {"state": "stranded"}


def test_a_member_without_a_registered_telephone_moves_nothing(world: World) -> None:
    call, agent = own(world), world.agent(name="Registered nowhere")
    telephone(world, world.member)
    view = {"agent": agent.id, "team": world.team.id, "status": "Available", "reason": "", "since": 1.0}
    world.engine.shows("agent", {**view, "state": "OnCall", "call": None, "registered": False, "queues": {}})
    assert refused(world, world.member, call, "pull")["reason"] == "not-registered"


@pytest.mark.parametrize("state", ["offering", "dialing", "parked"])
def test_any_member_of_the_team_picks_a_call_up(world: World, refuses_outsiders: Refuses, state: str) -> None:
    call = live_call(world, state=state)
    refuses_outsiders("POST", f"/call/{call}/pick-up")
    telephone(world, world.member)
    assert world.call(world.member, "POST", f"/call/{call}/pick-up").status_code == 202
    (sent,) = world.engine.commands()
    assert (sent["type"], sent["call"], sent["by"]) == ("pick-up", call[1:], world.member.user.id)
    talking = live_call(world, state="talking")
    assert refused(world, world.member, talking, "pick-up") == {"state": "talking"}
    assert (
        world.call(world.member, "POST", f"/call/{live_call(world, team=new_id())}/pick-up").status_code
        == 404
    )


@pytest.mark.parametrize("mode", ["monitor", "whisper", "barge"])
def test_supervisors_hear_a_talk(world: World, refuses_outsiders: Refuses, mode: str) -> None:
    """Admins, and managers of its queue. Neither the agent nor the manager of another queue."""
    queue, manager, stranger = world.queue(), world.api.person(world.team), world.api.person(world.team)
    world.api.add(QueueManager(queue_id=queue.id, user_id=manager.user.id))
    world.api.add(QueueManager(queue_id=world.queue("Other").id, user_id=stranger.user.id))
    call = own(world, queue=queue.id)
    path = f"/call/{call}/{mode}"
    refuses_outsiders("POST", path)
    for person in (world.member, stranger):
        assert world.call(person, "POST", path).status_code == 403
    for number, person in enumerate((world.admin, manager)):
        telephone(world, person, None)
        assert refused(world, person, call, mode)["reason"] == "no-phone"
        telephone(world, person, f"e710{number}t0123456789ab")
        assert world.call(person, "POST", path).status_code == 202
    assert [(it["type"], it["mode"], it["by"]) for it in world.engine.commands()] == [
        ("supervise", mode, person.user.id) for person in (world.admin, manager)
    ]
    waits = live_call(world, queue=queue.id)
    assert refused(world, world.admin, waits, mode) == {"state": "queued"}
    emergency = live_call(world, state="connected", direction="emergency")
    assert refused(world, world.admin, emergency, mode) == {"state": "connected"}


@pytest.mark.parametrize(("action", "muted"), [("mute", True), ("unmute", False)])
def test_a_side_is_muted(world: World, refuses_outsiders: Refuses, action: str, muted: bool) -> None:
    call = own(world)
    refuses_outsiders("POST", f"/call/{call}/{action}")
    assert world.call(world.member, "POST", f"/call/{call}/{action}").status_code == 202
    assert world.engine.commands() == [
        {"type": "mute", "call": call[1:], "muted": muted, "by": world.member.user.id}
    ]
    assert refused(world, world.admin, live_call(world), action) == {"state": "queued"}


def test_digits_are_sent(world: World, refuses_outsiders: Refuses) -> None:
    call = own(world)
    refuses_outsiders("POST", f"/call/{call}/dtmf", json={"digits": "12#"})
    assert world.call(world.member, "POST", f"/call/{call}/dtmf", json={"digits": "12#"}).status_code == 202
    assert world.engine.commands() == [
        {"type": "digits", "call": call[1:], "digits": "12#", "by": world.member.user.id}
    ]
    for digits in ("", "1" * 33, "12x", "1 2"):
        answer = world.call(world.member, "POST", f"/call/{call}/dtmf", json={"digits": digits})
        assert (answer.status_code, list(answer.json()["response"])) == (400, ["digits"])
    assert refused(world, world.member, own(world, state="held"), "dtmf", digits="1") == {"state": "held"}
