"""Members set by phone where their calls go, on a real Asterisk with baresip. The scenes play at the same time."""

from collections.abc import Iterator
from concurrent.futures import Future
from typing import Any

import pytest

from switchroom.ids import public_id
from tests.e2e.test_phone_calls import ANN, BOB, extension, parties
from tests.support.e2e.provision import TestAgent
from tests.support.e2e.scenes import Scene, SceneSet
from tests.support.e2e.two_nodes import TwoNodes
from tests.support.servers import wait_until
from tests.support.sip.softphone import Softphone

pytestmark = [pytest.mark.pbx, pytest.mark.e2e, pytest.mark.timeout(400)]

scene = SceneSet()


def dials_code(s: Scene, phone: Softphone, code: str, member: TestAgent, **columns: Any) -> None:
    """Dial a code, hear its confirmation to the end, and wait until the member's row has these columns."""
    done = len(phone.seen("CALL_CLOSED"))
    phone.dial(code)
    phone.wait_for("CALL_CLOSED", done + 1)
    wait_until(
        lambda: {name: getattr(s.member_of(member), name) for name in columns} == columns,
        f"{code} is written",
    )


@scene
def do_not_disturb_by_code(s: Scene) -> None:
    ann, bob = s.queue(2).agents
    s.settings(ann, voicemail=False)
    mine, other = s.softphone(ann, voice=ANN), s.softphone(bob, voice=BOB)
    dials_code(s, mine, "*78", ann, do_not_disturb=True)
    assert mine.seen("CALL_ESTABLISHED"), "the confirmation is spoken"
    other.dial(extension(ann))
    assert other.wait_for("CALL_CLOSED")["param"].startswith("486")
    dials_code(s, mine, "*79", ann, do_not_disturb=False)
    other.dial(extension(ann))
    mine.wait_for("CALL_INCOMING")
    other.hang_up()
    mine.wait_for("CALL_CLOSED", 3)
    (log,) = s.logs("*78", caller=extension(ann))
    assert log.disposition == "completed"


@scene
def what_nobody_answers_rings_the_next(s: Scene) -> None:
    """Ann calls Bob, who does not answer, and then Eve, who refuses: Ann leaves Eve a message."""
    ann, bob, eve = s.queue(3).agents
    s.settings(bob, ring_seconds=3)
    caller, third = s.softphone(ann, voice=ANN), s.softphone(bob, voice=BOB)
    dials_code(s, third, f"*92{extension(eve)}", bob, forward_no_answer=extension(eve))
    phones = s.phones([eve], reject=486)
    caller.dial(extension(bob))
    third.wait_for("CALL_INCOMING")
    phones.wait_for("invite")
    caller.wait_for("CALL_ESTABLISHED")
    wait_until(lambda: [call["state"] for call in live(s, extension(bob))] == ["recording"], "Ann speaks", 30)
    s.until_states([bob, eve], "Available")
    caller.hang_up()
    log = s.log(extension(bob))
    assert parties(log) == [
        ("caller", ann.id, ""), ("member", bob.id, "no-answer"), ("member", eve.id, "busy"),
    ]  # fmt: skip
    assert [step["type"] for step in log.path] == ["extension", "forward", "extension", "voicemail"]
    assert log.disposition == "voicemail"
    message = s.message(log.id)
    assert (message.mailbox_kind, message.mailbox_id) == ("user", s.member_of(eve).user_id)


def live(s: Scene, did: str) -> list[dict[str, Any]]:
    return [call for call in map(dict, s.system.lives("call")) if call["did"] == did]


@scene
def clients_see_what_a_colleague_does(s: Scene) -> None:
    """`GET /presence` follows one call and one feature code. `tests/asterisk/test_lamps.py` has the keys of phones."""
    ann, bob = s.queue(2).agents
    caller, called = s.softphone(ann, voice=ANN), s.softphone(bob, voice=BOB)
    wait_until(lambda: state(s, bob) == "available", "the phone is seen")
    caller.dial(extension(bob))
    called.wait_for("CALL_INCOMING")
    wait_until(lambda: state(s, bob) == "ringing", "the ringing is seen")
    called.command("accept")
    wait_until(lambda: state(s, bob) == "on-call", "the talk is seen")
    caller.hang_up()
    wait_until(lambda: state(s, bob) == "available", "the end is seen")
    dials_code(s, called, "*78", bob, do_not_disturb=True)
    wait_until(lambda: state(s, bob) == "dnd", "do-not-disturb is seen")


def state(s: Scene, agent: TestAgent) -> str:
    """Return the state of an agent's user, as `GET /presence` shows it."""
    with s.system.api as api:
        rows = api.get(f"/team/{public_id(s.member_of(agent).team_id)}/presence").json()
    return str(next(row["state"] for row in rows if row["extension"] == extension(agent)))


@scene
def a_code_that_does_not_exist(s: Scene) -> None:
    (ann,) = s.queue(1).agents
    phone = s.softphone(ann, voice=ANN)
    phone.dial("*00")
    assert phone.wait_for("CALL_CLOSED")["param"].startswith("404")


@pytest.fixture(scope="module")
def played(
    two_nodes: TwoNodes, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[dict[str, Future[None]]]:
    yield from scene.play(two_nodes, tmp_path_factory.mktemp("settings"), request)


@pytest.mark.parametrize("name", scene.plays)
def test_settings(played: dict[str, Future[None]], name: str) -> None:
    played[name].result(300)
